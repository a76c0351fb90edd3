package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two caches on one folder, as two processes have them: random reads, prefetches, evictions and
/// crashes. Whatever happens, contents are right and the disk's use is bounded.
class PackCacheModelTest {
  /// Caches of other threads and processes may be evicting.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final CacheLimits LIMITS = new CacheLimits(3 << 20, 0);

  @TempDir Path folder;

  @Test
  void contentsAreRightAndTheDiskIsBoundedWhateverHappens() {
    Randomized.forSeeds(12, this::run);
  }

  private void run(Random random) throws Exception {
    new Model(random, Files.createTempDirectory(folder, "cache")).run(500);
  }

  private static final class Model {
    private final Random random;
    private final Path path;
    private final AtomicInteger now = new AtomicInteger();
    private final TestPack pack;
    private final FakeSource source;
    private final FetchCounters counters = new FetchCounters();
    private final PackCache[] caches = new PackCache[2];
    private boolean damaged;

    Model(Random random, Path path) throws IOException {
      this.random = random;
      this.path = path;
      pack = new TestPack(random, 300, 64 << 10, random.nextInt(2) * 5000);
      source = new FakeSource(pack.bytes);
      for (int i = 0; i < caches.length; i++) {
        caches[i] = open();
      }
    }

    private PackCache open() throws IOException {
      return new PackCache(path, LIMITS, source, now::get);
    }

    void run(int steps) throws IOException {
      for (int step = 0; step < steps; step++) {
        now.addAndGet(random.nextInt(400));
        PackCache cache = caches[random.nextInt(caches.length)];
        switch (random.nextInt(100)) {
          case 0 -> cache.evict(Set.of(pack.reference.digest()));
          case 1, 2 -> crash(random.nextInt(caches.length));
          case 3, 4, 5 -> cache.settle(Duration.ZERO);
          case 6, 7, 8, 9 -> prefetch(cache);
          default -> read(cache, random.nextInt(pack.frames.size()));
        }
      }
      for (int frame = 0; frame < pack.frames.size(); frame++) {
        read(caches[frame % 2], frame);
      }
      for (PackCache cache : caches) {
        assertThat(cache.settle(PATIENCE)).isTrue();
        assertThat(cache.usage().allocated()).isLessThanOrEqualTo(LIMITS.maxBytes());
        cache.close();
      }
      assertThat(damaged || counters.snapshot().repairs() == 0)
          .as("evictions are no damage")
          .isTrue();
    }

    private void read(PackCache cache, int frame) throws IOException {
      Urgency urgency = random.nextBoolean() ? Urgency.ON_DEMAND : Urgency.BACKGROUND;
      assertThat(
              cache.frame(pack.chunk(frame), pack.reference, urgency, counters, pack.check(frame)))
          .isTrue();
      assertThat(cache.usage().allocated())
          .isLessThanOrEqualTo(LIMITS.maxBytes() + LIMITS.slack() + LIMITS.slack() / 4 + (1 << 18));
    }

    private void prefetch(PackCache cache) throws IOException {
      int first = random.nextInt(pack.frames.size());
      List<FrameReference> wanted =
          IntStream.range(first, Math.min(first + 20, pack.frames.size()))
              .filter(_ -> random.nextInt(4) > 0)
              .mapToObj(pack.frames::get)
              .toList();
      cache.prefetch(wanted, Urgency.BACKGROUND, counters, pack::compare);
    }

    /// Ends a cache, does to its files what a loss of power may do, and opens it again.
    private void crash(int which) throws IOException {
      caches[which].close();
      try (Stream<Path> files = Files.list(path)) {
        for (Path file : files.filter(file -> file.toString().endsWith(".frames")).toList()) {
          tear(file);
        }
      }
      caches[which] = open();
    }

    private void tear(Path file) throws IOException {
      try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
        long length = log.length();
        switch (random.nextInt(4)) {
          case 0 -> log.setLength(length - random.nextLong(length + 1));
          case 1 -> {
            byte[] zeros = new byte[(int) random.nextLong(length + 1)];
            log.seek(length - zeros.length);
            log.write(zeros);
          }
          case 2 -> {
            log.seek(length);
            log.write(Randomized.bytes(random, random.nextInt(40)));
            // What is there of another frame at a claimed place, if anything, is damage.
            damaged = true;
          }
          default -> {
            // Nothing is lost.
          }
        }
      }
    }
  }
}
