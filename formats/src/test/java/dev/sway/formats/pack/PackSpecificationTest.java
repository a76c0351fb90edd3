package dev.sway.formats.pack;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.fixture.Specification;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class PackSpecificationTest {
  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    assertThat(Specification.text("pack.md"))
        .contains(
            "# Pack, version %d ".formatted(PackFormat.VERSION),
            "| table | %d + %d n |"
                .formatted(PackFormat.FRAME_HEADER_BYTES, PackFormat.ENTRY_BYTES),
            "| trailer | %d |".formatted(PackFormat.TRAILER_BYTES),
            "the last %d bytes of the file".formatted(PackFormat.TRAILER_BYTES),
            "| `0x%X`, skippable frame magic | | 4 | 4 | length of the entries, %d n |"
                .formatted(PackFormat.TABLE_MAGIC, PackFormat.ENTRY_BYTES),
            "| `0x%X`, skippable frame magic | | 4 | 4 | %d, length of the rest |"
                .formatted(PackFormat.TRAILER_MAGIC, PackFormat.TRAILER_PAYLOAD_BYTES),
            "| `%s` |".formatted(new String(PackFormat.SIGNATURE, US_ASCII)),
            "| version, %d |".formatted(PackFormat.VERSION),
            "number of chunks n, at most 2^%d "
                .formatted(Integer.numberOfTrailingZeros(PackFormat.MAX_CHUNKS)),
            String.format(Locale.ROOT, "length of its frame, 1 to %,d |", ChunkFormat.MAX_STORED),
            String.format(
                Locale.ROOT, "length of its content, 1 to %,d |", ChunkFormat.MAX_CONTENT),
            "A pack of %d MiB ends after the next chunk whose digest's first byte is a multiple of %d, at %d MiB in any case"
                .formatted(
                    PackFormat.MIN_PACK >> 20, PackFormat.END_ODDS, PackFormat.MAX_PACK >> 20));
  }
}
