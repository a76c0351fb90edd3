package dev.sway.lazyfsd.guess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Randomized;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The libraries of the JVM that runs this are as real as any.
class ElfTest {
  private static final Path LIBRARIES = Path.of(System.getProperty("java.home"), "lib");

  private static byte[] library(String name) throws IOException {
    return Files.readAllBytes(LIBRARIES.resolve(name));
  }

  private static MemorySegment part(byte[] file, FileRange range) {
    return MemorySegment.ofArray(file)
        .asSlice(range.offset(), Math.min(range.length(), file.length - range.offset()));
  }

  private static String text(byte[] file, long offset) {
    int end = (int) offset;
    while (file[end] != 0) {
      end++;
    }
    return new String(file, (int) offset, end - (int) offset, StandardCharsets.UTF_8);
  }

  @Test
  void aLibraryNamesWhatItNeedsAndWhereItIsLookedFor() throws IOException {
    byte[] file = library("libnet.so");
    ElfHeader header = ElfHeader.parse(MemorySegment.ofArray(file)).orElseThrow();
    assertThat(header.interpreter()).as("a library").isEmpty();
    assertThat(header.loads())
        .anyMatch(ElfHeader.Load::writable)
        .anyMatch(load -> !load.writable());

    ElfDynamic dynamic = ElfDynamic.parse(part(file, header.dynamic().orElseThrow()), header);
    long strings = dynamic.strings().orElseThrow().offset();
    assertThat(dynamic.needed().stream().map(at -> text(file, strings + at)))
        .contains("libjava.so", "libc.so.6");
    assertThat(text(file, strings + dynamic.searched().orElseThrow())).contains("$ORIGIN");
    assertThat(dynamic.tables())
        .hasSizeGreaterThan(3)
        .allMatch(range -> range.offset() + range.length() <= file.length);
  }

  @Test
  void aProgramNamesItsLoader() throws IOException {
    byte[] file = Files.readAllBytes(LIBRARIES.resolveSibling("bin/java"));
    ElfHeader header = ElfHeader.parse(MemorySegment.ofArray(file)).orElseThrow();
    assertThat(text(file, header.interpreter().orElseThrow().offset())).contains("/ld-");
    assertThat(header.at(header.entry(), 1)).isPresent();
  }

  @Test
  void otherFilesAreNone() throws IOException {
    assertThat(ElfHeader.parse(MemorySegment.ofArray(new byte[0]))).isEmpty();
    assertThat(ElfHeader.parse(MemorySegment.ofArray(new byte[4096]))).isEmpty();
    byte[] file = library("libnet.so");
    for (int at : new int[] {0, 4, 5, 54}) {
      byte[] other = file.clone();
      other[at]++;
      assertThat(ElfHeader.parse(MemorySegment.ofArray(other))).as("byte %d", at).isEmpty();
    }
    assertThat(ElfHeader.parse(MemorySegment.ofArray(Arrays.copyOf(file, 200))))
        .as("program headers that are not there")
        .isEmpty();
  }

  /// Ranges are as they should be, although they may lie outside of the file.
  @Test
  void whateverAFileSaysOfItselfIsBounded() throws IOException {
    byte[] file = Arrays.copyOf(library("libnet.so"), 4096);
    byte[] whole = library("libnet.so");
    FileRange table =
        ElfHeader.parse(MemorySegment.ofArray(whole)).orElseThrow().dynamic().orElseThrow();
    byte[] dynamic = part(whole, table).toArray(ValueLayout.JAVA_BYTE);
    Randomized.forSeeds(
        3000,
        random -> {
          byte[] head = file.clone();
          byte[] told = dynamic.clone();
          for (int i = 0; i < 1 + random.nextInt(20); i++) {
            head[16 + random.nextInt(600)] = (byte) random.nextInt();
            told[random.nextInt(told.length)] = (byte) random.nextInt();
          }
          ElfHeader header = ElfHeader.parse(MemorySegment.ofArray(head)).orElse(null);
          if (header == null) {
            return;
          }
          List<FileRange> all = new ArrayList<>();
          header.loads().forEach(load -> all.add(load.range()));
          header.dynamic().ifPresent(all::add);
          header.interpreter().ifPresent(all::add);
          header.at(header.entry(), random.nextLong()).ifPresent(all::add);
          ElfDynamic parsed = ElfDynamic.parse(MemorySegment.ofArray(told), header);
          all.addAll(parsed.tables());
          parsed.strings().ifPresent(all::add);
          assertThat(all)
              .allMatch(range ->
                  range.offset() >= 0 && range.length() > 0 && range.offset() + range.length() > 0);
        });
  }
}
