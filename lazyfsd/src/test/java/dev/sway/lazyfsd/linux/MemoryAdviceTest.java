package dev.sway.lazyfsd.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Randomized;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryAdviceTest {
  private static final int BYTES = 1 << 20;

  @TempDir Path folder;

  /// How much of what is mapped from `file` is in this process's memory.
  private static long residentKib(Path file) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).endsWith(" " + file)) {
        String resident =
            lines.subList(i, lines.size()).stream()
                .filter(line -> line.startsWith("Rss:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(resident.replaceAll("[^0-9]", ""));
      }
    }
    throw new AssertionError(file + " is not mapped");
  }

  @Test
  void releasedFileIsOutOfMemoryAndReadsAsBefore() throws IOException {
    byte[] content = Randomized.bytes(new Random(1), BYTES);
    Path file = Files.write(folder.resolve("file"), content).toRealPath();
    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, BYTES, arena);
      assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
      assertThat(residentKib(file)).isEqualTo(BYTES >> 10);
      MemoryAdvice.releaseFile(mapped.address() + 12_345);
      assertThat(residentKib(file)).isZero();
      assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
    }
  }

  @Test
  void whatIsNoReadOnlySharedFileKeepsItsContent() throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[BYTES]);
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      MemorySegment own = channel.map(FileChannel.MapMode.PRIVATE, 0, BYTES, arena);
      MemorySegment anonymous = ReservedMemory.reserve(BYTES).all();
      for (MemorySegment memory : List.of(own, anonymous)) {
        memory.fill((byte) 7);
        MemoryAdvice.releaseFile(memory.address());
        assertThat(memory.get(ValueLayout.JAVA_BYTE, BYTES - 1)).isEqualTo((byte) 7);
      }
    }
    MemoryAdvice.releaseFile(0);
  }
}
