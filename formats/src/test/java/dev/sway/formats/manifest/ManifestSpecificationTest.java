package dev.sway.formats.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.Specification;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ManifestSpecificationTest {
  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    assertThat(Specification.text("manifest.md"))
        .contains(
            "# Manifest, version %d ".formatted(ManifestFormat.VERSION),
            "| `format` | string | `%s` |".formatted(ManifestFormat.NAME),
            "| `version` | integer | %d |".formatted(ManifestFormat.VERSION),
            "| manifest | %d MiB, nesting 8 |".formatted(ManifestFormat.MAX_BYTES >> 20),
            String.format(Locale.ROOT, "| packs | %,d |", ManifestFormat.MAX_PACKS),
            "| pack | %d GiB ".formatted(ManifestFormat.MAX_PACK_BYTES >> 30),
            "| index, compressed or not | %d GiB |"
                .formatted(ManifestFormat.MAX_INDEX_BYTES >> 30));
  }
}
