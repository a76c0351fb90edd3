package dev.sway.formats.index;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.Specification;
import dev.sway.formats.id.Digest;
import dev.sway.formats.tree.Tree;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class IndexSpecificationTest {
  @Test
  void thePageHasEveryDatabase() throws IOException {
    assertThat(Specification.text("index.md").split("\\| `[a-z]+` \\| (`format`|u\\d+ )", -1))
        .hasSize(1 + IndexFormat.DATABASES);
  }

  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    assertThat(Specification.text("index.md"))
        .contains(
            "version %d".formatted(IndexFormat.VERSION),
            "\"%s\"".formatted(new String(IndexFormat.SIGNATURE, US_ASCII)),
            "| `%s` | `%s` |"
                .formatted(IndexFormat.META, new String(IndexFormat.META_KEY, US_ASCII)),
            "| `%s` | u64 parent inode, name |".formatted(IndexFormat.DIRENT),
            "| `%s` | u64 inode | inode record".formatted(IndexFormat.INODE),
            "| `%s` | u64 inode, name |".formatted(IndexFormat.XATTR),
            "| `%s` | u64 inode | extent records".formatted(IndexFormat.EXTENT),
            "| `%s` | u32 chunk |".formatted(IndexFormat.CHUNK),
            "| `%s` | u32 pack |".formatted(IndexFormat.PACK),
            "| `%s` | u32 chunk | %d bytes: the root".formatted(IndexFormat.BLOCK, Digest.BYTES),
            "with eight named databases, of which the last may be missing",
            "Inode record, %d bytes".formatted(IndexFormat.INODE_BYTES),
            "Extent record, %d bytes".formatted(IndexFormat.EXTENT_BYTES),
            "%d: has extended attributes".formatted(IndexFormat.HAS_XATTRS),
            "The root is inode %d.".formatted(Tree.ROOT));
  }
}
