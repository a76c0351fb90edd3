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
  @TempDir Path folder;
  private final TestPack pack = new TestPack(new Random(8), 4, 64 << 10, 0);

  @Test
  void onlyWhatIsKeptCounts() throws IOException {
    try (CacheFolder here = CacheFolder.open(folder);
        Replicas replicas = new Replicas(here)) {
      CacheSpace space = new CacheSpace(here, new CacheLimits(1 << 20, 0));
      CacheDisk disk = new CacheDisk(replicas, space, () -> 1, () -> {});
      long before = space.excess();
      try (NativeFile changing = NativeFile.open(here.log(pack.reference.digest()))) {
        assertThat(changing.tryLock(0, PresenceLog.RECORD)).as("as somebody who evicts").isTrue();
        keep(disk, 0);
        disk.close();
        assertThat(disk.notKept()).isEqualTo(1);
        assertThat(space.excess()).isEqualTo(before);
      }
      keep(disk, 1);
      assertThat(disk.notKept()).isEqualTo(1);
      assertThat(space.excess()).isGreaterThanOrEqualTo(before + pack.chunk(1).stored());
    }
  }

  @Test
  void frameOfAReaderWhoHadNoTurnIsKeptLater() throws IOException {
    try (CacheFolder here = CacheFolder.open(folder);
        Replicas replicas = new Replicas(here)) {
      CacheSpace space = new CacheSpace(here, new CacheLimits(1 << 20, 0));
      CacheDisk disk = new CacheDisk(replicas, space, () -> 1, () -> {});
      PackReplica replica = Objects.requireNonNull(disk.replica(pack.reference));
      long before = space.excess();
      try (NativeFile changing = NativeFile.open(here.log(pack.reference.digest()))) {
        assertThat(changing.tryLock(0, PresenceLog.RECORD)).as("as somebody who evicts").isTrue();
        keep(disk, 0);
        keep(disk, 1);
        assertThat(replica.find(pack.chunk(0))).as("it is not its turn yet").isNull();
      }
      disk.close();
      assertThat(disk.notKept()).isZero();
      assertThat(space.excess())
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
    try (CacheFolder here = CacheFolder.open(folder);
        Replicas replicas = new Replicas(here)) {
      CacheDisk disk =
          new CacheDisk(replicas, new CacheSpace(here, CacheLimits.NONE), () -> 1, () -> {});
      PackReplica replica = Objects.requireNonNull(disk.replica(many.reference));
      try (NativeFile changing = NativeFile.open(here.log(many.reference.digest()))) {
        assertThat(changing.tryLock(0, PresenceLog.RECORD)).isTrue();
        for (int frame = 0; frame < 40; frame++) {
          keep(disk, many, frame);
        }
        assertThat(disk.notKept()).isEqualTo(40 - LateFrames.MOST);
      }
      disk.close();
      assertThat(replica.frames()).hasSize((int) (40 - disk.notKept()));
    }
  }

  @Test
  void framesOfOnePackDoNotWaitForAnothers() throws IOException {
    TestPack stuck = new TestPack(new Random(10), 10, 1000, 0);
    try (CacheFolder here = CacheFolder.open(folder);
        Replicas replicas = new Replicas(here)) {
      CacheDisk disk =
          new CacheDisk(replicas, new CacheSpace(here, CacheLimits.NONE), () -> 1, () -> {});
      PackReplica replica = Objects.requireNonNull(disk.replica(pack.reference));
      assertThat(disk.replica(stuck.reference)).isNotNull();
      try (NativeFile changing = NativeFile.open(here.log(stuck.reference.digest()))) {
        assertThat(changing.tryLock(0, PresenceLog.RECORD)).isTrue();
        for (int frame = 0; frame < 10; frame++) {
          keep(disk, stuck, frame);
        }
        try (NativeFile briefly = NativeFile.open(here.log(pack.reference.digest()))) {
          assertThat(briefly.tryLock(0, PresenceLog.RECORD)).isTrue();
          keep(disk, 0);
          assertThat(replica.frames()).isEmpty();
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (replica.find(pack.chunk(0)) == null) {
          assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
        }
        assertThat(disk.awaitKept(1)).as("the others wait").isFalse();
      }
      assertThat(disk.awaitKept(Duration.ofSeconds(5).toNanos())).isTrue();
      assertThat(disk.notKept()).isZero();
      disk.close();
    }
  }

  @Test
  void whereNoMoreCanWaitTheReaderDoesForALittle() throws IOException {
    TestPack stuck = new TestPack(new Random(11), LateFrames.MOST, 1000, 0);
    try (CacheFolder here = CacheFolder.open(folder);
        Replicas replicas = new Replicas(here)) {
      CacheDisk disk =
          new CacheDisk(replicas, new CacheSpace(here, CacheLimits.NONE), () -> 1, () -> {});
      PackReplica replica = Objects.requireNonNull(disk.replica(pack.reference));
      assertThat(disk.replica(stuck.reference)).isNotNull();
      try (NativeFile changing = NativeFile.open(here.log(stuck.reference.digest()))) {
        assertThat(changing.tryLock(0, PresenceLog.RECORD)).isTrue();
        for (int frame = 0; frame < LateFrames.MOST; frame++) {
          keep(disk, stuck, frame);
        }
        keep(disk, 0);
        assertThat(replica.find(pack.chunk(0))).as("another pack's").isNotNull();
      }
      disk.close();
      assertThat(disk.notKept()).isZero();
    }
  }

  @Test
  void frameThatSomebodyElseHasKeptMeanwhileCountsOnce() throws IOException {
    try (CacheFolder here = CacheFolder.open(folder);
        Replicas replicas = new Replicas(here)) {
      CacheSpace space = new CacheSpace(here, new CacheLimits(1 << 20, 0));
      CacheDisk disk = new CacheDisk(replicas, space, () -> 1, () -> {});
      assertThat(disk.replica(pack.reference)).isNotNull();
      long before = space.excess();
      try (NativeFile changing = NativeFile.open(here.log(pack.reference.digest()))) {
        assertThat(changing.tryLock(0, PresenceLog.RECORD)).isTrue();
        keep(disk, 0);
        keep(disk, 0);
      }
      disk.close();
      assertThat(disk.notKept()).isZero();
      long stored = pack.chunk(0).stored();
      assertThat(space.excess() - before).isBetween(stored, stored + 2 * CacheFolder.BLOCK);
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
