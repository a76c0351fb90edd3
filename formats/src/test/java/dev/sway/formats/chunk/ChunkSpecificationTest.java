package dev.sway.formats.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.Specification;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ChunkSpecificationTest {
  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    assertThat(Specification.text("pack.md"))
        .contains(
            "1 byte to %d MiB of content".formatted(ChunkFormat.MAX_CONTENT >> 20),
            "Files of %d KiB and more are cut by content".formatted(ChunkFormat.LARGE_FILE >> 10),
            "no cut before %d KiB, target %d KiB, at most %d MiB"
                .formatted(
                    ChunkFormat.MIN_CUT >> 10,
                    ChunkFormat.TARGET_CUT >> 10,
                    ChunkFormat.MAX_CUT >> 20),
            "after %d KiB at one file in %d, chosen by the CRC-32C of the file's content, and at %d KiB in any case"
                .formatted(
                    ChunkFormat.MIN_BUNDLE >> 10,
                    ChunkFormat.BUNDLE_END_ODDS,
                    ChunkFormat.MAX_BUNDLE >> 10));
  }
}
