package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.linux.NativeFile;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheSpaceTest {
  private static final CacheLimits LIMITS = new CacheLimits(1 << 20, 0);

  @TempDir Path folder;
  private final TestPack pack = new TestPack(new Random(8), 4, 64 << 10, 0);

  /// A cache's disk, and what there is below it.
  private final class Cache implements AutoCloseable {
    private final CacheFolder here = CacheFolder.open(folder);
    private final Replicas replicas = new Replicas(here);
    private final CacheSpace space;
    private final CacheDisk disk;

    Cache(CacheLimits limits) throws IOException {
      space = new CacheSpace(here, limits);
      disk = new CacheDisk(replicas, space, () -> 1, () -> {});
    }

    PackReplica replica(TestPack of) {
      return Objects.requireNonNull(disk.replica(of.reference));
    }

    /// Has the replica of a pack changed by somebody who does not get on, as by one who evicts,
    /// until this is closed.
    NativeFile changing(TestPack of) throws IOException {
      PackReplica _ = replica(of);
      NativeFile log = NativeFile.open(here.log(of.reference.digest()));
      assertThat(log.tryLock(0, PresenceLog.RECORD)).isTrue();
      return log;
    }

    @Override
    public void close() throws IOException {
      try (here;
          replicas) {
        disk.close();
      }
    }
  }

  @Test
  void whatIsAdmittedCountsUntilItIsKeptOrRefused() throws IOException {
    try (Cache cache = new Cache(LIMITS)) {
      CacheSpace space = cache.space;
      long before = space.excess();
      assertThat(space.admits(60_000)).isTrue();
      space.measure();
      assertThat(space.excess()).as("nothing is on the disk").isGreaterThan(before + 60_000);
      space.refused(60_000);
      assertThat(space.excess()).isEqualTo(before);

      assertThat(space.admits(60_000)).isTrue();
      space.kept(60_000);
      assertThat(space.excess()).as("until the disk is asked").isGreaterThan(before + 60_000);
      space.measure();
      assertThat(space.excess()).isEqualTo(before);
    }
  }

  @Test
  void onlyWhatIsKeptCounts() throws IOException {
    try (Cache cache = new Cache(LIMITS)) {
      long before = cache.space.excess();
      try (NativeFile _ = cache.changing(pack)) {
        keep(cache.disk, 0);
        cache.disk.close();
        assertThat(cache.disk.notKept()).isEqualTo(1);
        assertThat(cache.space.excess()).isEqualTo(before);
      }
      keep(cache.disk, 1);
      assertThat(cache.disk.notKept()).isEqualTo(1);
      assertThat(cache.space.excess()).isGreaterThanOrEqualTo(before + pack.chunk(1).stored());
    }
  }

  @Test
  void frameOfAReaderWhoHadNoTurnIsKeptLater() throws IOException {
    try (Cache cache = new Cache(LIMITS)) {
      PackReplica replica = cache.replica(pack);
      long before = cache.space.excess();
      try (NativeFile _ = cache.changing(pack)) {
        keep(cache.disk, 0);
        keep(cache.disk, 1);
        assertThat(replica.find(pack.chunk(0))).as("it is not its turn yet").isNull();
      }
      cache.disk.close();
      assertThat(cache.disk.notKept()).isZero();
      assertThat(cache.space.excess())
          .isGreaterThanOrEqualTo(before + pack.chunk(0).stored() + pack.chunk(1).stored());
      for (int frame = 0; frame < 2; frame++) {
        KeptFrame kept = Objects.requireNonNull(replica.find(pack.chunk(frame)));
        MemorySegment bytes = Arena.ofAuto().allocate(kept.length());
        assertThat(replica.read(kept, bytes)).isTrue();
        assertThat(bytes.mismatch(frame(frame))).as("first byte that differs").isEqualTo(-1);
      }
    }
  }

  @Test
  void moreThanCanWaitIsNotKept() throws IOException {
    TestPack many = new TestPack(new Random(9), 40, 1000, 0);
    try (Cache cache = new Cache(CacheLimits.NONE)) {
      try (NativeFile _ = cache.changing(many)) {
        for (int frame = 0; frame < 40; frame++) {
          keep(cache.disk, many, frame);
        }
        assertThat(cache.disk.notKept()).isEqualTo(40 - LateFrames.MOST);
      }
      cache.disk.close();
      assertThat(cache.replica(many).frames()).hasSize((int) (40 - cache.disk.notKept()));
    }
  }

  @Test
  void framesOfOnePackDoNotWaitForAnothers() throws IOException {
    TestPack stuck = new TestPack(new Random(10), 10, 1000, 0);
    try (Cache cache = new Cache(CacheLimits.NONE)) {
      PackReplica replica = cache.replica(pack);
      try (NativeFile _ = cache.changing(stuck)) {
        for (int frame = 0; frame < 10; frame++) {
          keep(cache.disk, stuck, frame);
        }
        try (NativeFile _ = cache.changing(pack)) {
          keep(cache.disk, 0);
          assertThat(replica.frames()).isEmpty();
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (replica.find(pack.chunk(0)) == null) {
          assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
        }
        assertThat(cache.disk.awaitKept(1)).as("the others wait").isFalse();
      }
      assertThat(cache.disk.awaitKept(Duration.ofSeconds(5).toNanos())).isTrue();
      assertThat(cache.disk.notKept()).isZero();
    }
  }

  @Test
  void whereNoMoreCanWaitTheReaderDoesForALittle() throws IOException {
    TestPack stuck = new TestPack(new Random(11), LateFrames.MOST, 1000, 0);
    try (Cache cache = new Cache(CacheLimits.NONE)) {
      try (NativeFile _ = cache.changing(stuck)) {
        for (int frame = 0; frame < LateFrames.MOST; frame++) {
          keep(cache.disk, stuck, frame);
        }
        keep(cache.disk, 0);
        assertThat(cache.replica(pack).find(pack.chunk(0))).as("another pack's").isNotNull();
      }
      cache.disk.close();
      assertThat(cache.disk.notKept()).isZero();
    }
  }

  @Test
  void frameThatSomebodyElseHasKeptMeanwhileCountsOnce() throws IOException {
    try (Cache cache = new Cache(LIMITS)) {
      long before = cache.space.excess();
      try (NativeFile _ = cache.changing(pack)) {
        keep(cache.disk, 0);
        keep(cache.disk, 0);
      }
      cache.disk.close();
      assertThat(cache.disk.notKept()).isZero();
      long stored = pack.chunk(0).stored();
      assertThat(cache.space.excess() - before).isBetween(stored, stored + 2 * CacheFolder.BLOCK);
    }
  }

  private MemorySegment frame(int frame) {
    return MemorySegment.ofArray(pack.bytes)
        .asSlice(pack.chunk(frame).offset(), pack.chunk(frame).stored());
  }

  private void keep(CacheDisk disk, int frame) {
    keep(disk, pack, frame);
  }

  private static void keep(CacheDisk disk, TestPack pack, int frame) {
    MemorySegment bytes =
        MemorySegment.ofArray(pack.bytes)
            .asSlice(pack.chunk(frame).offset(), pack.chunk(frame).stored());
    disk.keep(
        Objects.requireNonNull(disk.replica(pack.reference)),
        pack.chunk(frame),
        bytes,
        Urgency.ON_DEMAND);
  }
}
