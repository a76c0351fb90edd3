package dev.sway.testapps;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// A program that ended.
///
/// @param command its words
/// @param exitCode of it; 128 plus the number of a signal that ended it
/// @param stdout what it wrote there
/// @param stderr what it wrote there
record Finished(List<String> command, int exitCode, byte[] stdout, byte[] stderr) {
  String out() {
    return new String(stdout, StandardCharsets.UTF_8);
  }

  String err() {
    return new String(stderr, StandardCharsets.UTF_8);
  }

  /// This, if it ended with `code`.
  Finished expect(int code) {
    if (exitCode != code) {
      throw new AssertionError("ended with %d instead of %d: %s".formatted(exitCode, code, this));
    }
    return this;
  }

  @Override
  public String toString() {
    return "%s%n  exit code %d%n  stdout: %s%n  stderr: %s"
        .formatted(String.join(" ", command), exitCode, shortened(out()), shortened(err()));
  }

  private static String shortened(String text) {
    return text.length() <= 4000 ? text : text.substring(0, 4000) + "...";
  }
}
