package dev.sway.formats.hot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.fixture.Specification;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class HotMapSpecificationTest {
  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    int header = HotMapFormat.HEADER_BYTES;
    int segment = HotMapFormat.SEGMENT_BYTES;
    int piece = HotMapFormat.PIECE_BYTES;
    assertThat(Specification.text("hot-pack.md"))
        .contains(
            "# Hot pack, version %d ".formatted(HotMapFormat.VERSION),
            format("**block**: %,d bytes of a chunk's content", BlockTree.BLOCK),
            "Header, %d bytes:".formatted(header),
            "| `%s` |".formatted(new String(HotMapFormat.SIGNATURE, US_ASCII)),
            "| %d | 4 | version, %d |"
                .formatted(HotMapFormat.SIGNATURE.length, HotMapFormat.VERSION),
            "| %d | %d | SHA-256 of the hot pack,".formatted(12 + Digest.BYTES, Digest.BYTES),
            "| %d | 4 | number of segments |".formatted(header - 4),
            "Segment, %d bytes and what follows them:".formatted(segment),
            format("| length of its frame, 1 to %,d |", ChunkFormat.MAX_STORED),
            format("| length of its content, 1 to %,d |", ChunkFormat.MAX_CONTENT),
            "| %d | 4 | number of hashes h |".formatted(segment - 4),
            "| %d | %d p | pieces |".formatted(segment, piece),
            "| %d + %d p | %d h | hashes:".formatted(segment, piece, Digest.BYTES),
            "Piece, %d bytes:".formatted(piece),
            "are %d bytes: the CRC-32C of all before".formatted(HotMapFormat.CRC_BYTES),
            "| map | %d MiB |".formatted(HotMapFormat.MAX_BYTES >> 20),
            "| hot pack | %d MiB,".formatted(HotMapFormat.MAX_PACK_BYTES >> 20),
            "| segment | as a chunk in a pack: %d MiB".formatted(ChunkFormat.MAX_CONTENT >> 20),
            format("| block | number 0 to %,d |", BlockTree.blocks(ChunkFormat.MAX_CONTENT) - 1),
            "the size: %d bytes to %d MiB;"
                .formatted(header + HotMapFormat.CRC_BYTES, HotMapFormat.MAX_BYTES >> 20),
            "below %d *too old*, above %d *too new*"
                .formatted(HotMapFormat.OLDEST_VERSION, HotMapFormat.VERSION),
            "with which it would have more than %d KiB".formatted(HotLayout.SEGMENT_BYTES >> 10),
            "compressed at level %d:".formatted(HotPackWriter.LEVEL));
  }

  private static String format(String text, int number) {
    return String.format(Locale.ROOT, text, number);
  }
}
