package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.linux.NativeFile;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
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
        assertThat(disk.notKept()).isEqualTo(1);
        assertThat(space.excess()).isEqualTo(before);
      }
      keep(disk, 1);
      assertThat(disk.notKept()).isEqualTo(1);
      assertThat(space.excess()).isGreaterThanOrEqualTo(before + pack.chunk(1).stored());
    }
  }

  private void keep(CacheDisk disk, int frame) {
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
