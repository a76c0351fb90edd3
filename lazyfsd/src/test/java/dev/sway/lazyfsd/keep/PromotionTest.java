package dev.sway.lazyfsd.keep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.cache.CacheLimits;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.cache.Pin;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.image.ImageStore;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
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
  void diskWithoutRoomForAnImageIsNotFilledWithIt() throws Exception {
    Needs.rootAndFuse();
    Path disk = Files.createDirectory(folder.resolve("disk"));
    SystemCalls.mount("sway-test", disk, "tmpfs", SystemCalls.MS_NODEV, "size=2m");
    CacheLimits limits = new CacheLimits(CacheLimits.UNBOUNDED, 0.25);
    try (PackCache small =
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
    } finally {
      assertThat(SystemCalls.unmount(disk, false)).isZero();
    }
  }
}
