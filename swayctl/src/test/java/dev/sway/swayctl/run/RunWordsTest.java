package dev.sway.swayctl.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunWordsTest {
  @TempDir Path folder;

  @Test
  void linesAreSplitAsAShellDoes() throws SwayException {
    Map.of(
            "app.py --size 10",
            List.of("app.py", "--size", "10"),
            "  -- sh -c 'echo \"$HOME\" \\ x'\t",
            List.of("--", "sh", "-c", "echo \"$HOME\" \\ x"),
            "a\\ b \"c \\\"d\\\" \\n\" e''f ''",
            List.of("a b", "c \"d\" \\n", "ef", ""),
            "trailing\\",
            List.of("trailing\\"),
            " ",
            List.of())
        .forEach((line, words) -> {
          try {
            assertThat(RunWords.split(line)).as(line).isEqualTo(words);
          } catch (SwayException e) {
            throw new AssertionError(line, e);
          }
        });
    for (String open : List.of("a 'b", "\"a\\\"", "'")) {
      assertThatThrownBy(() -> RunWords.split(open))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE))
          .hasMessageContaining("not closed");
    }
  }

  @Test
  void wordsAreAScriptOrACommand() throws IOException {
    Files.writeString(folder.resolve("app.py"), "print(1)");
    assertThat(RunWords.of(List.of("app.py", "--", "x"), folder))
        .isInstanceOfSatisfying(
            RunRequest.Script.class,
            script -> {
              assertThat(script.name()).isEqualTo("app.py");
              assertThat(script.args()).containsExactly("--", "x");
            });
    assertThat(RunWords.of(List.of("--", "app.py"), folder))
        .isEqualTo(new RunRequest.Command(List.of("app.py")));
    assertThat(RunWords.of(List.of("--"), folder)).isEqualTo(new RunRequest.Command(List.of()));
    assertThatThrownBy(() -> RunWords.of(List.of(), folder)).hasMessageContaining("is missing");
    assertThatThrownBy(() -> RunWords.of(List.of("ls"), folder)).hasMessageContaining("write --");
  }
}
