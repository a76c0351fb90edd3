package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.FakeSource.Request;
import dev.sway.lazyfsd.linux.NativeFile;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackCacheTest {
  /// Caches of other threads and processes may be evicting.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int MIB = 1 << 20;

  @TempDir Path folder;
  private final FetchCounters counters = new FetchCounters();
  private final AtomicInteger now = new AtomicInteger(1000);
  private final TestPack pack = new TestPack(new Random(1), 200, 64 << 10, 0);
  private final FakeSource source = new FakeSource(pack.bytes);

  private PackCache open(CacheLimits limits) throws IOException {
    return new PackCache(folder.resolve("packs"), limits, source, now::get);
  }

  private PackCache open() throws IOException {
    return open(CacheLimits.NONE);
  }

  private void read(PackCache cache, int frame) throws IOException {
    assertThat(
            cache.frame(
                pack.chunk(frame), pack.reference, Urgency.ON_DEMAND, counters, pack.check(frame)))
        .isTrue();
  }

  private List<FrameReference> prefetch(PackCache cache, int... frames) throws IOException {
    return cache.prefetch(
        java.util.Arrays.stream(frames).mapToObj(pack.frames::get).toList(),
        Urgency.BACKGROUND,
        counters,
        pack::compare);
  }

  private Request request(int first, int last) {
    long offset = pack.chunk(first).offset();
    return new Request(offset, (int) (pack.frames.get(last).end() - offset));
  }

  private Path file(String suffix) {
    return folder.resolve("packs").resolve(pack.reference.digest().hex() + suffix);
  }

  @Test
  void coldReadIsOneRequestOfExactlyOneFrameAndAWarmOneIsNone() throws IOException {
    try (PackCache cache = open()) {
      read(cache, 17);
      read(cache, 17);
    }
    try (PackCache cache = open()) {
      read(cache, 17);
    }
    assertThat(source.requests).containsExactly(request(17, 17));
  }

  @Test
  void cachesOnOneFolderHaveWhatEitherHasFetched() throws IOException {
    try (PackCache one = open();
        PackCache other = open()) {
      read(one, 1);
      read(other, 1);
      read(other, 2);
      read(one, 2);
    }
    assertThat(source.requests).hasSize(2);
  }

  @Test
  void neighboursThatAreWantedTogetherComeInOneRequest() throws IOException {
    try (PackCache cache = open()) {
      read(cache, 4);
      assertThat(prefetch(cache, 3, 2, 4, 5, 6, 2)).containsExactly(pack.frames.get(4));
      assertThat(source.requests).containsExactly(request(4, 4), request(2, 6));
      for (int frame = 2; frame <= 6; frame++) {
        read(cache, frame);
      }
      assertThat(prefetch(cache, 2, 3)).hasSize(2);
    }
    assertThat(source.requests).hasSize(2);
  }

  @Test
  void damageInARangeCostsOnlyTheFrameThatHasIt() throws IOException {
    byte right = pack.bytes[(int) pack.chunk(3).offset() + 4];
    byte[] lying = pack.bytes.clone();
    lying[(int) pack.chunk(3).offset() + 4] ^= 0x10;
    FakeSource liar = new FakeSource(lying);
    try (PackCache cache =
        new PackCache(folder.resolve("packs"), CacheLimits.NONE, liar, now::get)) {
      assertThatThrownBy(() -> prefetch(cache, 2, 3, 4)).hasMessageContaining("is another");
      assertThat(liar.requests)
          .containsExactly(request(2, 4), request(2, 4), request(3, 3), request(3, 3));
    }
    try (PackCache cache = open()) {
      read(cache, 2);
      read(cache, 4);
      assertThat(source.requests).isEmpty();
      read(cache, 3);
      assertThat(pack.bytes[(int) pack.chunk(3).offset() + 4]).isEqualTo(right);
    }
    assertThat(source.requests).containsExactly(request(3, 3));
  }

  @Test
  void evictedFramesAreFetchedAgainSilentlyAndDoNotComeBackAfterARestart() throws IOException {
    try (PackCache cache = open()) {
      read(cache, 1);
      read(cache, 2);
      assertThat(cache.evict(Set.of(pack.reference.digest())))
          .isEqualTo(
              new PackCache.Evicted(2, (long) pack.chunk(1).stored() + pack.chunk(2).stored()));
      assertThat(cache.usage().frames()).isZero();
    }
    try (PackCache cache = open()) {
      assertThat(cache.has(pack.frames.get(1))).isFalse();
      read(cache, 1);
    }
    assertThat(counters.snapshot().repairs()).isZero();
    assertThat(source.requests).hasSize(3);
  }

  @Test
  void replicaWithNothingInItIsRemovedByTheNextToOpenTheFolderAlone() throws IOException {
    try (PackCache cache = open()) {
      read(cache, 1);
      cache.evict(Set.of(pack.reference.digest()));
      open().close();
      assertThat(file(".pack")).exists();
    }
    open().close();
    assertThat(file(".pack")).doesNotExist();
    assertThat(file(".frames")).doesNotExist();
  }

  @Test
  void whatTheOtherCacheHasEvictedIsNoDamage() throws IOException {
    try (PackCache one = open();
        PackCache other = open()) {
      read(one, 1);
      read(other, 1);
      one.evict(Set.of(pack.reference.digest()));
      read(other, 1);
    }
    assertThat(counters.snapshot().repairs()).isZero();
    assertThat(source.requests).hasSize(2);
  }

  @Test
  void holeThatTheLogClaimsIsNoDamageAndAFlippedBitIs() throws IOException {
    try (PackCache cache = open()) {
      read(cache, 1);
      read(cache, 2);
    }
    try (RandomAccessFile data = new RandomAccessFile(file(".pack").toFile(), "rw")) {
      data.seek(pack.chunk(1).offset());
      data.write(new byte[pack.chunk(1).stored()]);
    }
    try (PackCache cache = open()) {
      read(cache, 1);
      assertThat(counters.snapshot().repairs()).isZero();
    }
    try (RandomAccessFile data = new RandomAccessFile(file(".pack").toFile(), "rw")) {
      data.seek(pack.chunk(2).offset() + 1);
      int bit = data.read() ^ 1;
      data.seek(pack.chunk(2).offset() + 1);
      data.write(bit);
    }
    try (PackCache cache = open()) {
      read(cache, 2);
      read(cache, 2);
    }
    assertThat(counters.snapshot().repairs()).isEqualTo(1);
    assertThat(source.requests).hasSize(4);
  }

  @Test
  void leastRecentlyUsedGoesFirstAlsoAfterARestart() throws IOException {
    CacheLimits limits = new CacheLimits(4 * MIB, 0);
    try (PackCache cache = open()) {
      for (int frame = 0; frame < pack.frames.size(); frame++) {
        now.incrementAndGet();
        read(cache, frame);
      }
      now.addAndGet(1000);
      for (int frame = 0; frame < 20; frame++) {
        read(cache, frame);
      }
    }
    int fetched = source.requests.size();
    try (PackCache cache = open(limits)) {
      assertThat(cache.settle(PATIENCE)).isTrue();
      assertThat(cache.usage().allocated()).isBetween(3L * MIB, 4L * MIB);
      for (int frame = 0; frame < 20; frame++) {
        read(cache, frame);
      }
      assertThat(source.requests).hasSize(fetched);
      assertThat(cache.has(pack.frames.get(20))).isFalse();
      assertThat(cache.has(pack.frames.get(199))).isTrue();
    }
  }

  @Test
  void packsOfPinnedImagesStayAndWhatHasNoRoomIsServed() throws IOException {
    CacheLimits limits = new CacheLimits(MIB, 0);
    try (PackCache cache = open(limits)) {
      cache
          .pins()
          .put(
              new Pin(
                  dev.sway.formats.id.Digest.of(new byte[0]),
                  List.of("a"),
                  Set.of(pack.reference.digest()),
                  1,
                  false));
      for (int frame = 0; frame < pack.frames.size(); frame++) {
        read(cache, frame);
      }
      assertThat(cache.settle(Duration.ZERO)).as("with all that is here pinned").isFalse();
      PackCache.Usage usage = cache.usage();
      assertThat(usage.allocated()).isBetween((long) MIB, 2L * MIB + (64 << 10));
      assertThat(usage.evictedBytes()).isZero();
      assertThat(usage.notKept()).isPositive();
      assertThat(cache.evictAll()).isEqualTo(new PackCache.Evicted(0, 0));
      assertThat(cache.has(pack.frames.get(199))).isFalse();
      int[] all = IntStream.range(0, pack.frames.size()).toArray();
      assertThat(prefetch(cache, all)).hasSize(all.length);
    }
  }

  @Test
  void whatADeadWriterLeftWithoutSayingSoIsReclaimed() throws IOException {
    try (PackCache cache = open()) {
      read(cache, 100);
    }
    try (RandomAccessFile data = new RandomAccessFile(file(".pack").toFile(), "rw")) {
      data.write(new byte[(int) pack.chunk(99).offset()]);
    }
    try (PackCache cache = open(new CacheLimits(MIB, 0))) {
      assertThat(cache.settle(PATIENCE)).isTrue();
      assertThat(cache.usage().allocated()).isLessThan(128 << 10);
      read(cache, 100);
    }
    assertThat(source.requests).hasSize(1);
  }

  @Test
  void filesOfEarlierVersionsAreRemoved() throws IOException {
    Files.createDirectories(folder.resolve("packs"));
    Files.write(file(".pack"), pack.bytes);
    Files.write(file(".present"), new byte[8]);
    try (PackCache cache = open()) {
      assertThat(cache.usage().frames()).isZero();
      assertThat(cache.usage().allocated()).isZero();
    }
  }

  @Test
  void readersDoNotWaitForThoseWhoChangeWhatIsHere() throws IOException {
    long notKept;
    try (PackCache cache = open()) {
      read(cache, 0);
      try (NativeFile log = NativeFile.open(file(".frames"))) {
        assertThat(log.tryLock(0, PresenceLog.RECORD)).as("as somebody who evicts").isTrue();
        long began = System.nanoTime();
        for (int frame = 1; frame <= 20; frame++) {
          read(cache, frame);
        }
        assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(2));
        notKept = cache.usage().notKept();
        assertThat(notKept).as("what comes when many wait").isEqualTo(20 - LateFrames.MOST);
      }
    }
    try (PackCache cache = open()) {
      assertThat(cache.has(pack.frames.get(1))).isTrue();
      assertThat(cache.usage().frames()).as("those that waited are kept").isEqualTo(21 - notKept);
    }
  }

  @Test
  void whatAnotherHasKeptIsSeenAndEvicted() throws IOException {
    try (PackCache cache = open();
        PackCache other = open()) {
      read(cache, 0);
      read(other, 0);
      for (int frame = 1; frame < 20; frame++) {
        read(other, frame);
      }
      assertThat(cache.usage().frames()).isEqualTo(20);
      assertThat(cache.evictAll().frames()).isEqualTo(20);
      assertThat(other.usage().frames()).isZero();
    }
  }
}
