package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What eviction takes, and what it leaves alone.
class EvictorTest {
  /// Caches of other threads and processes may be evicting.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final CacheLimits LIMITS = new CacheLimits(1 << 20, 0);

  @TempDir Path folder;
  private final FetchCounters counters = new FetchCounters();
  private final TestPack pack = new TestPack(new Random(5), 60, 64 << 10, 0);
  private final FakeSource source = new FakeSource(pack.bytes);

  private Path file(Digest digest, String suffix) {
    return folder.resolve(digest.hex() + suffix);
  }

  @Test
  void replicaThatCannotBeOpenedKeepsNobodyFromEvictingTheOthers() throws IOException {
    try (PackCache cache = new PackCache(folder, CacheLimits.NONE, source)) {
      pack.readAll(cache, counters);
    }
    Digest broken = Digest.of(new byte[] {1});
    Files.write(file(broken, ".pack"), new byte[5000]);
    Files.createDirectory(file(broken, ".frames"));
    try (PackCache cache = new PackCache(folder, LIMITS, source)) {
      assertThat(cache.settle(PATIENCE)).isTrue();
      PackCache.Usage usage = cache.usage();
      assertThat(usage.packs()).isEqualTo(1);
      assertThat(usage.frames()).isBetween(1L, 50L);
      assertThat(usage.allocated()).isLessThanOrEqualTo(LIMITS.maxBytes());
      assertThat(cache.evictAll().frames()).isEqualTo(usage.frames());
    }
  }

  @Test
  void replicaWithoutALogIsNotGivenOneByEviction() throws IOException {
    try (PackCache cache = new PackCache(folder, LIMITS, source)) {
      pack.readAll(cache, counters);
      Digest half = Digest.of(new byte[] {1});
      Files.write(file(half, ".pack"), new byte[5000]);
      assertThat(cache.settle(PATIENCE)).isTrue();
      cache.evictAll();
      assertThat(cache.usage().frames()).isZero();
      assertThat(file(half, ".frames")).doesNotExist();
    }
  }

  @Test
  void pinThatIsWrittenAfterVictimsWereChosenHolds() throws IOException {
    try (PackCache cache = new PackCache(folder, CacheLimits.NONE, source)) {
      pack.readAll(cache, counters);
    }
    Digest digest = pack.reference.digest();
    try (CacheFolder here = CacheFolder.open(folder);
        Replicas replicas = new Replicas(here)) {
      Pins pins = new Pins(here.pins());
      try (Evictor evictor =
          new Evictor(here, new CacheSpace(here, CacheLimits.NONE), replicas, pins)) {
        PackCache.Evicted evicted =
            evictor.evict(chosen -> {
              pin(pins, chosen);
              return true;
            });
        assertThat(evicted).isEqualTo(new PackCache.Evicted(0, 0));
        assertThat(replicas.of(digest).frames()).hasSize(60);
        pins.remove(digest);
        assertThat(evictor.evict(_ -> true).frames()).isEqualTo(60);
      }
    }
  }

  private static void pin(Pins pins, Digest digest) {
    try {
      pins.put(new Pin(digest, List.of("app"), Set.of(digest), 1, false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsFetchedInTheMiddleOfALongEvictionIsKept() throws Exception {
    TestPack many = new TestPack(new Random(6), 6000, 50, 0);
    source.add(many.reference.digest(), many.bytes);
    List<FrameReference> evicted = many.frames.subList(1000, 6000);
    try (PackCache cache = new PackCache(folder, source)) {
      cache.prefetch(evicted, Urgency.BACKGROUND, counters, many::compare);
      CompletableFuture<Void> eviction = CompletableFuture.runAsync(() -> evictAll(cache));
      while (cache.has(evicted.getFirst())) {
        Thread.onSpinWait();
      }
      int between = 0;
      for (int frame = 0; frame < 1000 && !eviction.isDone(); frame++) {
        cache.frame(
            many.chunk(frame), many.reference, Urgency.ON_DEMAND, counters, many.check(frame));
        boolean goesOn = cache.has(evicted.getLast());
        between += goesOn && cache.has(many.frames.get(frame)) ? 1 : 0;
      }
      eviction.get();
      assertThat(between).isPositive();
      assertThat(cache.has(evicted.getLast())).isFalse();
    }
  }

  private static void evictAll(PackCache cache) {
    try {
      cache.evictAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
