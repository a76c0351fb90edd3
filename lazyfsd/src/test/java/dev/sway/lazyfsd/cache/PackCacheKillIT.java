package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.lazyfsd.fixture.ChildJvm;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.SmallDisk;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes of their own that share a cache, and disks that are full; the latter needs root.
class PackCacheKillIT {
  /// Caches of other threads and processes may be evicting.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int KILLS = 12;
  @TempDir Path folder;
  private final TestPack pack = CacheUser.pack();

  private Process user(int seed) throws IOException {
    return ChildJvm.of(CacheUser.class, folder.toString(), Integer.toString(seed))
        .redirectError(folder.resolveSibling(folder.getFileName() + ".err").toFile())
        .start();
  }

  @Test
  void killedProcessesLeaveTheOthersACacheThatIsRightAndBounded() throws Exception {
    Random random = new Random(7);
    Process survivor = user(0);
    try {
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(survivor.getInputStream(), StandardCharsets.UTF_8));
      assertThat(lines.readLine()).as("the first reads are right").isNotNull();
      for (int kill = 1; kill <= KILLS; kill++) {
        Process victim = user(kill);
        try (BufferedReader rounds =
            new BufferedReader(
                new InputStreamReader(victim.getInputStream(), StandardCharsets.UTF_8))) {
          for (int round = random.nextInt(6); round >= 0; round--) {
            assertThat(rounds.readLine()).as("what the victim reads is right").isNotNull();
          }
        } finally {
          victim.destroyForcibly().waitFor();
        }
        assertThat(lines.readLine()).as("what the survivor reads is right").isNotNull();
        assertThat(allocated())
            .isLessThanOrEqualTo(
                CacheUser.LIMITS.maxBytes() + 2 * CacheUser.LIMITS.slack() + (1 << 18));
      }
    } finally {
      survivor.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    readAll(folder, new FakeSource(pack.bytes));
  }

  private long allocated() throws IOException {
    try (CacheFolder here = CacheFolder.open(folder)) {
      return here.allocated();
    }
  }

  private void readAll(Path where, FakeSource source) throws IOException {
    FetchCounters counters = new FetchCounters();
    try (PackCache cache = new PackCache(where, CacheUser.LIMITS, source)) {
      pack.readAll(cache, counters);
      assertThat(cache.settle(PATIENCE)).isTrue();
      assertThat(cache.usage().allocated()).isLessThanOrEqualTo(CacheUser.LIMITS.maxBytes());
    }
    assertThat(counters.snapshot().repairs()).as("a kill damages nothing").isZero();
  }

  @Test
  void fullDiskCostsWhatItCannotKeepAndNoRead() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "2m")) {
      readAll(disk.resolve("cache"), new FakeSource(pack.bytes));
      try (PackCache cache = new PackCache(disk.resolve("cache"), new FakeSource(pack.bytes))) {
        assertThat(cache.has(pack.frames.getFirst())).as("the oldest made room").isFalse();
        // How many depends on who was faster, the reader or the one that made room.
        assertThat(cache.usage().frames()).as("for others").isPositive();
      }
    }
  }

  @Test
  void whatIsToStayFreeOfASmallDiskStaysFree() throws Exception {
    CacheLimits limits = new CacheLimits(CacheLimits.UNBOUNDED, 0.25);
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "2m");
        PackCache cache =
            new PackCache(disk.resolve("cache"), limits, new FakeSource(pack.bytes))) {
      FetchCounters counters = new FetchCounters();
      for (int frame = 0; frame < pack.frames.size(); frame++) {
        cache.frame(
            pack.chunk(frame), pack.reference, Urgency.ON_DEMAND, counters, pack.check(frame));
        assertThat(cache.usage().usable())
            .as("an eighth less, and what a frame that is rounded up takes")
            .isGreaterThan((512 << 10) - (64 << 10) - (16 << 10));
      }
      assertThat(cache.settle(PATIENCE)).isTrue();
      assertThat(cache.usage().usable()).isGreaterThanOrEqualTo(512 << 10);
      assertThat(cache.usage().frames()).as("the rest of it is used").isPositive();
    }
  }

  @Test
  void fullDiskHasRoomMadeOnItWhereThatCannotEvenBeNoted() throws Exception {
    // With the record that begins the log, 255 fill its first block: the next one needs another.
    TestPack small = new TestPack(new Random(7), 255, 4 << 10, 0);
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "2m")) {
      FetchCounters counters = new FetchCounters();
      try (PackCache cache = new PackCache(disk.resolve("cache"), new FakeSource(small.bytes));
          OutputStream filler = Files.newOutputStream(disk.resolve("filler"))) {
        small.readAll(cache, counters);
        assertThat(cache.usage().frames()).isEqualTo(255);
        assertThatThrownBy(() -> filler.write(new byte[2 << 20])).hasMessageContaining("No space");

        assertThat(cache.evictAll().frames()).isEqualTo(255);

        assertThat(cache.usage().usable()).isGreaterThan(small.bytes.length / 2);
        cache.prefetch(small.frames.subList(0, 100), Urgency.READ_AHEAD, counters, small::compare);
        assertThat(cache.usage().frames()).as("there is room again").isEqualTo(100);
      }
      assertThat(counters.snapshot().repairs()).isZero();
    }
  }

  @Test
  void fullDiskOnWhichOthersHaveMadeRoomCostsTheCacheNothing() throws Exception {
    TestPack small = new TestPack(new Random(7), 255, 4 << 10, 0);
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "2m");
        PackCache cache = new PackCache(disk.resolve("cache"), new FakeSource(small.bytes))) {
      Path filled = disk.resolve("filler");
      cache.prefetch(
          small.frames.subList(0, 100), Urgency.READ_AHEAD, new FetchCounters(), small::compare);
      cache
          .pins()
          .put(
              new Pin(
                  small.reference.digest(),
                  List.of("app"),
                  Set.of(small.reference.digest()),
                  1,
                  false));
      try (OutputStream filler = Files.newOutputStream(filled)) {
        assertThatThrownBy(() -> filler.write(new byte[2 << 20])).hasMessageContaining("No space");
      }
      small.readAll(cache, new FetchCounters());
      assertThat(cache.usage().notKept()).as("there is no room").isPositive();
      cache.settle(Duration.ZERO);
      long frames = cache.usage().frames();

      Files.delete(filled);
      cache.pins().remove(small.reference.digest());

      assertThat(cache.settle(PATIENCE)).isTrue();
      assertThat(cache.usage().frames()).isEqualTo(frames);
    }
  }
}
