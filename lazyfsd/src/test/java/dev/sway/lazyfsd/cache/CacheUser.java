package dev.sway.lazyfsd.cache;

import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// A process that uses a cache until it is killed: reads and prefetches at random and compares.
/// Prints a line after each hundred reads, and ends with 1 at the first wrong byte.
final class CacheUser {
  static final CacheLimits LIMITS = new CacheLimits(8 << 20, 0);

  private CacheUser() {}

  /// The pack that all users read.
  static TestPack pack() {
    return new TestPack(new Random(42), 600, 100 << 10, 700);
  }

  /// Uses the cache in the folder of the first argument, with the seed in the second.
  public static void main(String[] arguments) throws Exception {
    TestPack pack = pack();
    Random random = new Random(Long.parseLong(arguments[1]));
    FakeSource source = new FakeSource(pack.bytes);
    FetchCounters counters = new FetchCounters();
    try (PackCache cache = new PackCache(Path.of(arguments[0]), LIMITS, source)) {
      while (true) {
        for (int i = 0; i < 100; i++) {
          int frame = random.nextInt(pack.frames.size());
          cache.frame(
              pack.chunk(frame), pack.reference, Urgency.ON_DEMAND, counters, pack.check(frame));
        }
        int first = random.nextInt(pack.frames.size() - 30);
        List<FrameReference> next =
            IntStream.range(first, first + 30).mapToObj(pack.frames::get).toList();
        cache.prefetch(next, Urgency.READ_AHEAD, counters, pack::compare);
        source.requests.clear();
        System.out.println(counters.snapshot().repairs());
      }
    }
  }
}
