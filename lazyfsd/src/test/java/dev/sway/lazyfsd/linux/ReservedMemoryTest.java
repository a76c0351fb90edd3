package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReservedMemoryTest {
  private static final int BYTES = 16 * ReservedMemory.GRAIN;

  /// How much memory is behind the mapping that has `address`.
  private static long residentKib(long address) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
    boolean inside = false;
    for (String line : lines) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
        inside =
            Long.parseUnsignedLong(range[0], 16) <= address
                && address < Long.parseUnsignedLong(range[1], 16);
      } else if (inside && line.startsWith("Rss:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new AssertionError("nothing is mapped there");
  }

  @Test
  void memoryComesWhenItIsWrittenOrWantedAndGoesWhenItIsReleased() throws IOException {
    ReservedMemory memory = ReservedMemory.reserve(BYTES);
    MemorySegment all = memory.all();
    long before = residentKib(all.address());
    all.set(ValueLayout.JAVA_BYTE, 5, (byte) 7);
    int populated = 4 * ReservedMemory.GRAIN;

    memory.populate(0, populated);

    assertThat(residentKib(all.address()) - before).isGreaterThanOrEqualTo(populated >> 10);
    assertThat(all.get(ValueLayout.JAVA_BYTE, 5)).as("what is there stays").isEqualTo((byte) 7);
    assertThat(all.get(ValueLayout.JAVA_BYTE, populated - 1)).isZero();

    memory.release(0, populated);

    assertThat(residentKib(all.address())).isLessThan(before + (populated >> 10));
    assertThat(all.get(ValueLayout.JAVA_BYTE, 5)).isZero();
  }
}
