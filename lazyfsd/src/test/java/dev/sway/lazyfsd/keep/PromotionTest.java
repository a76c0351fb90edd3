package dev.sway.lazyfsd.keep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.lazyfsd.cache.CacheLimits;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.cache.Pin;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.SmallDisk;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.image.ImageStore;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a promotion says, where others do something to the cache meanwhile.
class PromotionTest {
  @TempDir Path folder;
  private TestImage.Built image;
  private BlobClient nobody;
  private ImageStore images;
  private PackCache cache;
  private PackCache other;
  private ImageKeeper keeper;

  @BeforeEach
  void open() throws IOException {
    Random random = new Random(3);
    TestImage made = new TestImage(folder);
    for (int i = 0; i < 20; i++) {
      made.file("/file" + i, Randomized.bytes(random, 50_000));
    }
    image = made.build();
    Path store = Files.createDirectory(folder.resolve("images"));
    Files.write(store.resolve(image.digest().hex() + ".json"), image.manifestBytes());
    Files.copy(image.plainIndex(), store.resolve(image.digest().hex() + ".mdb"));
    nobody = new BlobClient(URI.create("http://127.0.0.1:1"), Optional.empty());
    images = new ImageStore(store, nobody);
    FakeSource source = new FakeSource(image.pack());
    cache = new PackCache(folder.resolve("packs"), source);
    other = new PackCache(folder.resolve("packs"), source);
    keeper = new ImageKeeper(images, new ImageNames(folder.resolve("names"), nobody), cache);
  }

  @AfterEach
  void close() throws IOException {
    other.close();
    cache.close();
    images.close();
    nobody.close();
  }

  /// As another process does that has not seen the pin when it chose what to evict.
  private void evict() {
    try {
      Pin pin = cache.pins().of(image.digest()).orElseThrow();
      cache.pins().remove(pin.manifest());
      assertThat(other.evictAll().frames()).isPositive();
      cache.pins().put(pin);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Boolean> promoted() throws IOException {
    return cache.pins().all().stream().map(Pin::promoted).toList();
  }

  /// Promotes the image while another takes it out of the cache.
  private void failsToPromote() {
    AtomicBoolean once = new AtomicBoolean();
    assertThatThrownBy(() ->
            keeper.promote(
                image.digest().toString(),
                (done, all) -> {
                  if (done == all && once.compareAndSet(false, true)) {
                    evict();
                  }
                }))
        .hasMessageContaining("of the 20 chunks");
  }

  @Test
  void imageOfWhichSomethingWasEvictedMeanwhileIsNotPromoted() throws Exception {
    failsToPromote();
    assertThat(promoted()).as("and not pinned either").isEmpty();
    keeper.promote(image.digest().toString(), (_, _) -> {});
    assertThat(promoted()).containsExactly(true);
  }

  @Test
  void imageThatWasPinnedStaysPinnedWhereItCannotBePromoted() throws Exception {
    keeper.pin(image.digest().toString());
    failsToPromote();
    assertThat(promoted()).containsExactly(false);
  }

  @Test
  void promotionThatIsInterruptedLeavesNothingPinned() throws IOException {
    Thread here = Thread.currentThread();
    assertThatThrownBy(() -> keeper.promote(image.digest().toString(), (_, _) -> here.interrupt()))
        .isInstanceOfAny(InterruptedException.class, IOException.class);
    boolean _ = Thread.interrupted();
    assertThat(promoted()).isEmpty();
  }

  @Test
  void imageThatWasPinnedMeanwhileStaysPinned() throws Exception {
    AtomicBoolean once = new AtomicBoolean();
    assertThatThrownBy(() ->
            keeper.promote(
                image.digest().toString(),
                (done, all) -> {
                  if (done == all && once.compareAndSet(false, true)) {
                    pin();
                    evict();
                  }
                }))
        .hasMessageContaining("of the 20 chunks");
    assertThat(promoted()).containsExactly(false);
  }

  private void pin() {
    try {
      keeper.pin(image.digest().toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whoeverIsPromotingTheSameImageKeepsItPinned() throws Exception {
    AtomicBoolean once = new AtomicBoolean();
    keeper.promote(
        image.digest().toString(),
        (done, all) -> {
          if (done == all && once.compareAndSet(false, true)) {
            assertThatThrownBy(() -> keeper.promote(image.digest().toString(), (_, _) -> stop()))
                .isInstanceOf(IllegalStateException.class);
            assertThat(pins()).as("the other one goes on").containsExactly(false);
          }
        });
    assertThat(promoted()).containsExactly(true);
  }

  private static void stop() {
    throw new UnsupportedOperationException("no further");
  }

  private List<Boolean> pins() {
    try {
      return promoted();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void nameOfAnImageThatIsNotPromotedInTheEndIsNotRecorded() throws Exception {
    ImageName name = ImageName.parse("app");
    ImageNames names = new ImageNames(folder.resolve("names"), nobody);
    names.record(name, image.digest());
    Path pins = folder.resolve("packs/pins");
    AtomicBoolean once = new AtomicBoolean();
    assertThatThrownBy(() ->
            keeper.promote(
                "app",
                (done, all) -> {
                  if (done == all && once.compareAndSet(false, true)) {
                    // So that the last pin cannot be written.
                    blocked(pins);
                  }
                }))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE));
    assertThat(names.recorded(name)).as("as it was").contains(image.digest());
  }

  private void blocked(Path pins) {
    try {
      Path pin = pins.resolve(image.digest().hex() + ".json.partial");
      Files.createDirectory(pin);
      Files.createFile(pin.resolve("full"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void diskWithoutRoomForAnImageIsNotFilledWithIt() throws Exception {
    CacheLimits limits = new CacheLimits(CacheLimits.UNBOUNDED, 0.25);
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "2m");
        PackCache small =
            new PackCache(disk.resolve("packs"), limits, new FakeSource(image.pack()))) {
      ImageKeeper here =
          new ImageKeeper(images, new ImageNames(folder.resolve("names"), nobody), small);
      Path others = Files.write(disk.resolve("others"), new byte[700_000]);

      assertThatThrownBy(() -> here.promote(image.digest().toString(), (_, _) -> {}))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
          .hasMessageContaining("--cache-free");
      assertThat(small.usage().frames()).isZero();
      assertThat(small.pins().all()).isEmpty();

      Files.delete(others);
      here.promote(image.digest().toString(), (_, _) -> {});
      assertThat(small.usage().frames()).isEqualTo(20);
    }
  }

  @Test
  void whatIsInTheWayIsEvictedForIt() throws Exception {
    CacheLimits limits = new CacheLimits(CacheLimits.UNBOUNDED, 0.25);
    TestImage made = new TestImage(Files.createDirectory(folder.resolve("other")));
    for (int i = 0; i < 24; i++) {
      made.file("/file" + i, Randomized.bytes(new Random(100 + i), 50_000));
    }
    TestImage.Built other = made.build();
    FakeSource both = new FakeSource(image.pack());
    both.add(other.reference().digest(), other.pack());
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "2m");
        PackCache small = new PackCache(disk.resolve("packs"), limits, both)) {
      for (ChunkLocation chunk : other.chunks()) {
        small.frame(
            chunk, other.reference(), Urgency.ON_DEMAND, new FetchCounters(), (_, _) -> true);
      }
      assertThat(small.awaitKept(Duration.ofSeconds(10))).isTrue();
      assertThat(small.usage().frames()).isGreaterThan(20);
      new ImageKeeper(images, new ImageNames(folder.resolve("names"), nobody), small)
          .promote(image.digest().toString(), (_, _) -> {});
      assertThat(small.usage().evictedBytes()).isPositive();
    }
  }
}
