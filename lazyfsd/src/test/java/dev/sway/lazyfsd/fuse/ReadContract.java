package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.linux.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// read(2) in all its forms, mmap(2), and holes.
interface ReadContract extends Mounted {
  private String path(String inside) {
    return root() + inside;
  }

  private static byte[] slice(byte[] bytes, long offset, long length) {
    int from = (int) Math.min(offset, bytes.length);
    return Arrays.copyOfRange(bytes, from, (int) Math.min(bytes.length, from + length));
  }

  @Test
  default void readsAtAnyOffsetAndOfAnyLengthAreWhatTheFileHas() {
    byte[] noise = specimen().noise;
    Randomized.forSeeds(
        3,
        random -> {
          Path point = mount(specimenView(), "cold-" + random.nextInt()).point();
          int fd = Posix.open(point + "/noise", Posix.O_RDONLY);
          for (int i = 0; i < 300; i++) {
            int offset = random.nextInt(noise.length + 10_000);
            int length = random.nextInt(random.nextBoolean() ? 300 : 300_000);
            assertThat(Posix.pread(fd, offset, length))
                .as("%d+%d", offset, length)
                .isEqualTo(slice(noise, offset, length));
          }
          Posix.close(fd);
        });
  }

  @Test
  default void endOfAFileIsItsEnd() {
    byte[] noise = specimen().noise;
    for (int flags : new int[] {Posix.O_RDONLY, Posix.O_RDONLY | Posix.O_DIRECT}) {
      int fd = Posix.open(path("/noise"), flags);
      assertThat(Posix.pread(fd, noise.length, 4096)).isEmpty();
      assertThat(Posix.pread(fd, 1L << 40, 4096)).isEmpty();
      int last = noise.length / 4096 * 4096;
      assertThat(Posix.pread(fd, last, 1 << 20)).isEqualTo(slice(noise, last, 4096));
      Posix.close(fd);
      int empty = Posix.open(path("/empty"), flags);
      assertThat(Posix.pread(empty, 0, 4096)).isEmpty();
      Posix.close(empty);
    }
    int fd = Posix.open(path("/file"), Posix.O_RDONLY);
    assertThat(Posix.pread(fd, 3, 0)).isEmpty();
    assertThat(Posix.pread(fd, 3, 100)).isEqualTo(slice(Specimen.TEXT, 3, 100));
    assertThat(Posix.call("pread", fd, new byte[1], 1L, -1L).errno())
        .isEqualTo(Errno.EINVAL.number());
    Posix.close(fd);
  }

  @Test
  default void directReadsPassTheKernelsCacheBy() {
    byte[] large = specimen().large;
    int fd = Posix.open(path("/large"), Posix.O_RDONLY | Posix.O_DIRECT);
    Randomized.forSeeds(
        2,
        random -> {
          for (int i = 0; i < 40; i++) {
            int offset = random.nextInt(large.length / 4096) * 4096;
            int length = (1 + random.nextInt(600)) * 4096;
            assertThat(Posix.pread(fd, offset, length)).isEqualTo(slice(large, offset, length));
          }
        });
    Posix.close(fd);
  }

  @Test
  default void mappedFilesAreTheirBytesAndThenZeros() {
    byte[] noise = specimen().noise;
    int mapPrivate = 2;
    int mapShared = 1;
    int protRead = 1;
    int fd = Posix.open(path("/noise"), Posix.O_RDONLY);
    for (int flags : new int[] {mapPrivate, mapShared}) {
      long length = (noise.length + 4095) / 4096 * 4096L;
      long at = Posix.call("mmap", 0L, length, protRead, flags, fd, 0L).ok();
      try (Arena arena = Arena.ofConfined()) {
        // By a native function: a page fault in Java code would hold up the threads that serve it.
        MemorySegment copy = arena.allocate(length);
        Posix.call("memcpy", copy.address(), at, length);
        assertThat(copy.toArray(ValueLayout.JAVA_BYTE))
            .isEqualTo(Arrays.copyOf(noise, (int) length));
      }
      Posix.call("munmap", at, length).ok();
    }
    int protWrite = 2;
    assertThat(Posix.call("mmap", 0L, 4096L, protRead | protWrite, mapShared, fd, 0L).errno())
        .isEqualTo(Errno.EACCES.number());
    Posix.close(fd);
  }

  @Test
  default void kernelCopiesFilesByItself() throws IOException {
    Path copy = folder().resolve("copy");
    try (FileChannel from = FileChannel.open(Path.of(path("/large")));
        FileChannel to =
            FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long at = 0;
      while (at < from.size()) {
        at += from.transferTo(at, from.size() - at, to);
      }
    }
    assertThat(Files.readAllBytes(copy)).isEqualTo(specimen().large);
  }

  @Test
  default void holesAndDataAreFoundOrAllIsData() {
    byte[] noise = specimen().noise;
    List<int[]> runs = new ArrayList<>();
    for (int[] run : specimen().data) {
      if (!runs.isEmpty() && runs.getLast()[1] == run[0]) {
        runs.getLast()[1] = run[1];
      } else {
        runs.add(run.clone());
      }
    }
    int fd = Posix.open(path("/noise"), Posix.O_RDONLY);
    Random random = new Random(21);
    for (int i = 0; i < 500; i++) {
      long offset = random.nextInt(noise.length);
      long data = seek(fd, offset, Posix.SEEK_DATA);
      long hole = seek(fd, offset, Posix.SEEK_HOLE);
      if (seesHoles()) {
        assertThat(data).as("data from " + offset).isEqualTo(dataFrom(runs, offset));
        assertThat(hole).as("hole from " + offset).isEqualTo(holeFrom(runs, offset));
      } else {
        assertThat(data).isEqualTo(offset);
        assertThat(hole).isEqualTo(noise.length);
      }
    }
    for (int whence : new int[] {Posix.SEEK_DATA, Posix.SEEK_HOLE}) {
      assertThat(Posix.call("lseek", fd, (long) noise.length, whence).errno())
          .isEqualTo(Errno.ENXIO.number());
      assertThat(Posix.call("lseek", fd, -1L, whence).errno()).isEqualTo(Errno.ENXIO.number());
    }
    Posix.close(fd);
  }

  /// Whether the transport can tell the kernel of holes.
  boolean seesHoles();

  /// -1 where there is none.
  private static long seek(int fd, long offset, int whence) {
    Posix.Result result = Posix.call("lseek", fd, offset, whence);
    return result.errno() == Errno.ENXIO.number() ? -1 : result.ok();
  }

  private static long dataFrom(List<int[]> runs, long offset) {
    for (int[] run : runs) {
      if (run[1] > offset) {
        return Math.max(run[0], offset);
      }
    }
    return -1;
  }

  private static long holeFrom(List<int[]> runs, long offset) {
    long at = offset;
    for (int[] run : runs) {
      if (run[0] <= at && at < run[1]) {
        at = run[1];
      }
    }
    return at;
  }

  @Test
  default void fileThatIsOneHoleHasNoData() {
    int fd = Posix.open(path("/hole"), Posix.O_RDONLY);
    long size = 1L << 40;
    assertThat(Posix.pread(fd, size - 100, 4096)).isEqualTo(new byte[100]);
    assertThat(seek(fd, 0, Posix.SEEK_HOLE)).isEqualTo(seesHoles() ? 0 : size);
    assertThat(seek(fd, 5, Posix.SEEK_DATA)).isEqualTo(seesHoles() ? -1 : 5);
    Posix.close(fd);
  }

  @Test
  default void fiftyReadersAtOnceAllGetTheirBytes() throws Exception {
    byte[] large = specimen().large;
    Path point = mount(specimenView(), "cold").point();
    try (Readers readers = new Readers()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        int seed = i;
        all.add(
            readers.start(() -> {
              Random random = new Random(seed);
              int flags = seed % 2 == 0 ? Posix.O_RDONLY : Posix.O_RDONLY | Posix.O_DIRECT;
              int fd = Posix.open(point + "/large", flags);
              for (int j = 0; j < 20; j++) {
                int offset = random.nextInt(large.length / 4096) * 4096;
                assertThat(Posix.pread(fd, offset, 1 << 16))
                    .as("reader %d at %d", seed, offset)
                    .isEqualTo(slice(large, offset, 1 << 16));
              }
              Posix.close(fd);
            }));
      }
      Readers.await(all);
    }
  }
}
