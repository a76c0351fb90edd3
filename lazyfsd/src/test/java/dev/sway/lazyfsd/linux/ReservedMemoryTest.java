package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ReservedMemoryTest {
  private static final int BYTES = 16 * ReservedMemory.GRAIN;

  private static final long PRESENT = 1L << 63;

  private static long pageBytes() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/smaps"))) {
      String kib =
          lines.filter(line -> line.startsWith("KernelPageSize:")).findFirst().orElseThrow();
      return Long.parseLong(kib.replaceAll("[^0-9]", "")) << 10;
    }
  }

  /// How much memory is behind all that is reserved at `address`, page by page: what other tests
  /// map beside it may be of the same mapping to the kernel.
  private static long resident(long address) throws IOException {
    long page = pageBytes();
    ByteBuffer entries =
        ByteBuffer.allocate((int) (BYTES / page * Long.BYTES)).order(ByteOrder.nativeOrder());
    try (FileChannel map = FileChannel.open(Path.of("/proc/self/pagemap"))) {
      while (entries.hasRemaining()) {
        assertThat(map.read(entries, address / page * Long.BYTES + entries.position()))
            .isPositive();
      }
    }
    long present = 0;
    for (int at = 0; at < entries.position(); at += Long.BYTES) {
      present += (entries.getLong(at) & PRESENT) == 0 ? 0 : page;
    }
    return present;
  }

  @Test
  void memoryComesWhenItIsWrittenOrWantedAndGoesWhenItIsReleased() throws IOException {
    ReservedMemory memory = ReservedMemory.reserve(BYTES);
    MemorySegment all = memory.all();
    assertThat(resident(all.address())).isZero();
    all.set(ValueLayout.JAVA_BYTE, 5, (byte) 7);
    int populated = 4 * ReservedMemory.GRAIN;

    memory.populate(0, populated);

    assertThat(resident(all.address())).isEqualTo(populated);
    assertThat(all.get(ValueLayout.JAVA_BYTE, 5)).as("what is there stays").isEqualTo((byte) 7);
    assertThat(all.get(ValueLayout.JAVA_BYTE, populated - 1)).isZero();

    memory.release(0, populated);

    assertThat(resident(all.address())).isZero();
    assertThat(all.get(ValueLayout.JAVA_BYTE, 5)).isZero();
  }
}
