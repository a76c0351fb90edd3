package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// What programs say when they fail.
final class Messages {
  private Messages() {}

  /// Asserts that a program failed with `exitCode` and said why in exactly one line on stderr,
  /// which begins with its name and contains every one of `parts`; what an export shows of its
  /// progress before does not count.
  ///
  /// @return the line
  static String oneLine(Finished failed, int exitCode, String program, String... parts) {
    assertThat(failed.exitCode()).as(failed.toString()).isEqualTo(exitCode);
    List<String> lines =
        failed
            .err()
            .lines()
            .filter(
                line -> !line.matches("(pulling|reading|packing|building|uploading|indexing) .*"))
            .toList();
    assertThat(lines).as(failed.toString()).hasSize(1);
    assertThat(failed.stdout()).as(failed.toString()).isEmpty();
    assertThat(lines.getFirst())
        .as(failed.toString())
        .startsWith(program + ": ")
        .doesNotContain("Exception", "null", "internal fault")
        .satisfies(text -> assertThat(List.of(parts)).allMatch(text::contains));
    return lines.getFirst();
  }

  /// Like [#oneLine], of a run that may have printed something before.
  static String afterOutput(Finished failed, int exitCode, String program, String... parts) {
    return oneLine(
        new Finished(failed.command(), failed.exitCode(), new byte[0], failed.stderr()),
        exitCode,
        program,
        parts);
  }
}
