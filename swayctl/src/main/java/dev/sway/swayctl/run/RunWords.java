package dev.sway.swayctl.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The words that say what is to run: `SCRIPT [ARGS...]` for a script of the user's, `-- [CMD
/// [ARGS...]]` for a command of the image.
public final class RunWords {
  private RunWords() {}

  /// What the words say.
  ///
  /// @param folder that a script's path is relative to
  /// @throws SwayException of kind `usage` where there are none, `no-script` where there is no such
  ///   script
  public static RunRequest.Work of(List<String> words, Path folder) throws SwayException {
    if (words.isEmpty()) {
      throw new SwayException(
          FailureKind.USAGE,
          "what to run is missing: give a SCRIPT, or -- and a command of the image");
    }
    List<String> rest = words.subList(1, words.size());
    return words.getFirst().equals("--")
        ? new RunRequest.Command(rest)
        : ScriptFile.read(folder.resolve(words.getFirst()), rest);
  }

  /// The words of a line, as a shell splits it: at blanks, but for those in quotes and behind a
  /// backslash. Nothing is expanded.
  ///
  /// @throws SwayException of kind `usage` where a quote is not closed
  public static List<String> split(String line) throws SwayException {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean within = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      boolean escapes = c == '\\' && quote != '\'' && i + 1 < line.length();
      if (escapes && (quote == 0 || "\"\\$`".indexOf(line.charAt(i + 1)) >= 0)) {
        i++;
        word.append(line.charAt(i));
        within = true;
      } else if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        within = true;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (within) {
          words.add(word.toString());
        }
        word.setLength(0);
        within = false;
      } else {
        word.append(c);
        within = true;
      }
    }
    if (quote != 0) {
      throw new SwayException(
          FailureKind.USAGE, "a quote (%c) is not closed in: %s".formatted(quote, line));
    }
    if (within) {
      words.add(word.toString());
    }
    return List.copyOf(words);
  }
}
