package dev.sway.formats.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.Specification;
import dev.sway.formats.trace.TraceFormat;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ProfileSpecificationTest {
  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    assertThat(Specification.text("profile.md"))
        .contains(
            "# Profile, version %d ".formatted(ProfileFormat.VERSION),
            "| `format` | string | `%s` |".formatted(ProfileFormat.NAME),
            "| `version` | integer | %d |".formatted(ProfileFormat.VERSION),
            "multiples of %d, but for".formatted(ProfileFormat.PAGE),
            "| file | %d MiB |".formatted(ProfileFormat.MAX_BYTES >> 20),
            "| content | %d MiB, nesting 8 |".formatted(ProfileFormat.MAX_CONTENT >> 20),
            String.format(
                Locale.ROOT,
                "| paths | %,d, with %,d characters in all",
                ProfileFormat.MAX_PATHS,
                ProfileFormat.MAX_PATHS_LENGTH),
            String.format(Locale.ROOT, "| path | %,d characters", ProfileFormat.MAX_PATH),
            String.format(
                Locale.ROOT,
                "| ranges | %,d, with %d GiB in all |",
                ProfileFormat.MAX_RANGES,
                ProfileFormat.MAX_RANGE_BYTES >> 30),
            String.format(
                Locale.ROOT,
                "| args | %,d words with %,d characters in all |",
                TraceFormat.MAX_ARGS,
                TraceFormat.MAX_ARGS_LENGTH),
            String.format(Locale.ROOT, "| runs, missing | 0 to %,d |", ProfileFormat.MAX_RUNS));
  }
}
