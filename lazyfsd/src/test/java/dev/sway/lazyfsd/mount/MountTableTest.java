package dev.sway.lazyfsd.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.guess.Guesses;
import dev.sway.lazyfsd.hot.HotPacks;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.image.LocalImage;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.trace.AccessLog;
import dev.sway.lazyfsd.view.IndexedImage;
import dev.sway.lazyfsd.view.Neighbours;
import dev.sway.lazyfsd.walk.Walks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountTableTest {
  private static final MountKey ONE = MountKey.shared(Digest.of(new byte[] {1}));
  private static final MountKey TWO = MountKey.shared(Digest.of(new byte[] {2}));

  @TempDir Path folder;
  private final AtomicInteger mounted = new AtomicInteger();
  private final List<Path> closed = new ArrayList<>();
  private TestImage.Built image;
  private Path points;

  @BeforeEach
  void build() throws IOException {
    image = new TestImage(folder).file("/f", "x").build();
    points = Files.createDirectory(folder.resolve("mounts"));
  }

  private MountedImage mount(MountKey key, Path point) throws IOException {
    mounted.incrementAndGet();
    LocalImage local = new LocalImage(key.digest(), image.manifest(), image.open());
    FetchCounters counters = new FetchCounters();
    ChunkCache unused =
        new ChunkCache(
            new PackCache(folder.resolve("packs"), new FakeSource(image.pack())), 1 << 20);
    FuseMount fake =
        new FuseMount() {
          @Override
          public Path point() {
            return point;
          }

          @Override
          public void close() {
            closed.add(point);
          }
        };
    IndexedImage view = new IndexedImage(local.index(), unused, counters, 0);
    return new MountedImage(
        key,
        local,
        view,
        counters,
        new AccessLog(),
        new MountPrefetches(
            unused,
            local.index(),
            fake,
            counters,
            new HotPacks(local.index(), unused, counters),
            new Neighbours(unused, counters, new LinkEstimate()),
            new Guesses(local.index(), unused, counters, () -> false),
            false),
        new Walks(view, fake.point()),
        fake,
        ended -> {});
  }

  private MountTable table(MountTable.Mounting mounting) {
    return new MountTable(points, mounting);
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> entries = Files.list(points)) {
      return entries.toList();
    }
  }

  @Test
  void imageIsMountedOnceHoweverManyAskAtOnce() throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    try (MountTable table = table(this::mount);
        ExecutorService callers =
            Executors.newFixedThreadPool(
                8, Thread.ofPlatform().daemon().name("caller-", 0).factory())) {
      List<Future<MountTable.Acquired>> asked = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        asked.add(
            callers.submit(() -> {
              start.await();
              return table.acquire(ONE);
            }));
      }
      start.countDown();
      int cold = 0;
      for (Future<MountTable.Acquired> one : asked) {
        cold += one.get().cold() ? 1 : 0;
      }
      assertThat(cold).isEqualTo(1);
      assertThat(mounted).hasValue(1);
      table.acquire(TWO);
      assertThat(table.size()).isEqualTo(2);
    }
    assertThat(closed).hasSize(2);
    assertThat(left()).isEmpty();
  }

  @Test
  void failedMountLeavesNoFolderAndMayBeTriedAgain() throws IOException {
    AtomicInteger attempts = new AtomicInteger();
    try (MountTable table =
        table((key, point) -> {
          if (attempts.getAndIncrement() == 0) {
            throw new IOException("no luck");
          }
          return mount(key, point);
        })) {
      assertThatThrownBy(() -> table.acquire(ONE)).hasMessage("no luck");
      assertThat(left()).isEmpty();
      assertThat(table.size()).isZero();
      assertThat(table.acquire(ONE).cold()).isTrue();
    }
  }

  @Test
  void aRunsOwnMountEndsWithIt() throws IOException {
    MountKey own = MountKey.own(ONE.digest(), "0123456789ab");
    try (MountTable table = table(this::mount)) {
      MountedImage shared = table.acquire(ONE).image();
      MountTable.Acquired acquired = table.acquire(own);
      assertThat(acquired.cold()).isTrue();
      assertThat(acquired.image().point()).isNotEqualTo(shared.point());
      assertThat(table.of("0123456789ab", ONE.digest())).contains(acquired.image());
      assertThat(table.of("ba9876543210", ONE.digest())).contains(shared);
      table.release(ONE);
      assertThat(closed).isEmpty();
      table.release(own);
      table.release(own);
      assertThat(closed).containsExactly(acquired.image().point());
      assertThat(table.find(own)).isEmpty();
      assertThat(acquired.image().point()).doesNotExist();
    }
    assertThat(closed).hasSize(2);
    assertThat(left()).isEmpty();
  }

  @Test
  void keysAreReadBack() {
    MountKey own = MountKey.own(ONE.digest(), "0123456789ab");
    assertThat(MountKey.parse(own.toString())).contains(own);
    assertThat(MountKey.parse(ONE.toString())).contains(ONE);
    for (String none :
        List.of("", "probe", ONE + "-", own + "0", own.toString().toUpperCase(Locale.ROOT))) {
      assertThat(MountKey.parse(none)).as(none).isEmpty();
    }
  }

  @Test
  void whoeverWaitsForAMountThatDiesOfAnErrorIsTold() throws Exception {
    CountDownLatch mounting = new CountDownLatch(1);
    CountDownLatch waiting = new CountDownLatch(1);
    try (MountTable table =
            table((key, point) -> {
              mounting.countDown();
              try {
                waiting.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              throw new AssertionError("out of threads");
            });
        ExecutorService callers =
            Executors.newFixedThreadPool(
                2, Thread.ofPlatform().daemon().name("caller-", 0).factory())) {
      Future<?> first = callers.submit(() -> table.acquire(ONE));
      mounting.await();
      Future<?> second = callers.submit(() -> table.acquire(ONE));
      waiting.countDown();
      assertThatThrownBy(first::get).hasRootCauseMessage("out of threads");
      assertThatThrownBy(second::get).hasRootCauseMessage("out of threads");
    }
    assertThat(left()).isEmpty();
  }

  @Test
  void mountThatIsBeingMadeWhileTheTableClosesIsClosedToo() throws Exception {
    CountDownLatch mounting = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    MountTable table =
        table((key, point) -> {
          mounting.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          return mount(key, point);
        });
    try (ExecutorService callers =
        Executors.newFixedThreadPool(
            2, Thread.ofPlatform().daemon().name("caller-", 0).factory())) {
      Future<?> asked = callers.submit(() -> table.acquire(ONE));
      mounting.await();
      Future<?> closing =
          callers.submit(() -> {
            table.close();
            return true;
          });
      goOn.countDown();
      asked.get();
      closing.get();
    }
    assertThat(closed).hasSize(1);
    assertThat(left()).isEmpty();
    assertThatThrownBy(() -> table.acquire(TWO))
        .isInstanceOf(SwayException.class)
        .hasMessageContaining("shutting down");
    table.close();
    assertThat(left()).isEmpty();
  }
}
