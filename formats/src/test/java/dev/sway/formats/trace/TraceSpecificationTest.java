package dev.sway.formats.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.Specification;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TraceSpecificationTest {
  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    assertThat(Specification.text("trace.md"))
        .contains(
            "# Trace, version %d ".formatted(TraceFormat.VERSION),
            "| `format` | string | `%s` |".formatted(TraceFormat.NAME),
            "| `version` | integer | %d |".formatted(TraceFormat.VERSION),
            "| file, and its content | %d MiB each, nesting 8 |"
                .formatted(TraceFormat.MAX_BYTES >> 20),
            String.format(Locale.ROOT, "| accesses | %,d |", TraceFormat.MAX_ACCESSES),
            String.format(Locale.ROOT, "| path | %,d characters", TraceFormat.MAX_PATH),
            "| program | %d characters |".formatted(TraceFormat.MAX_PROGRAM),
            String.format(
                Locale.ROOT,
                "| args | %,d words with %,d characters in all |",
                TraceFormat.MAX_ARGS,
                TraceFormat.MAX_ARGS_LENGTH),
            String.format(Locale.ROOT, "| other texts | %,d characters |", TraceFormat.MAX_TEXT),
            "| integers | 0 to 2^%d,"
                .formatted(Long.numberOfTrailingZeros(TraceFormat.MAX_NUMBER)));
  }

  @Test
  void thePageHasAllWords() throws IOException {
    assertThat(Specification.text("trace.md"))
        .contains(listed(Mark.values(), "; "))
        .contains(listed(Operation.values(), " |").replaceFirst(", (`[a-z]+` \\|)$", " or $1"))
        .contains(listed(ServedFrom.values(), " |").replaceFirst(", (`[a-z]+` \\|)$", " or $1"));
  }

  private static String listed(Enum<?>[] constants, String end) {
    return Arrays.stream(constants)
        .map(constant -> "`" + Words.of(constant) + "`")
        .collect(Collectors.joining(", ", "", end));
  }
}
