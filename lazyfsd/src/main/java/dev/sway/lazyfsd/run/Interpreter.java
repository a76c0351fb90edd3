package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunRequest.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How a script is run: by what its `#!` line names, which the kernel reads; without one, by what
/// its name's ending stands for.
final class Interpreter {
  private static final Map<String, String> BY_ENDING =
      Map.of(
          "py", "python3", "sh", "sh", "bash", "bash", "pl", "perl", "rb", "ruby", "js", "node",
          "R", "Rscript", "lua", "lua");

  private Interpreter() {}

  /// The words that run `script` with its arguments.
  ///
  /// @throws SwayException of kind `not-executable` where neither says how
  static List<String> command(Script script) throws SwayException {
    String path = LazyfsdApi.SCRIPT_FOLDER + "/" + script.name();
    List<String> words = new ArrayList<>();
    byte[] content = script.content();
    boolean names = content.length > 2 && content[0] == '#' && content[1] == '!';
    if (!names) {
      String ending = script.name().substring(script.name().lastIndexOf('.') + 1);
      String interpreter = BY_ENDING.get(ending);
      if (interpreter == null) {
        throw new SwayException(
            FailureKind.NOT_EXECUTABLE,
            "'%s' has no '#!' line and no known ending; begin it with one, such as '#!/usr/bin/env python3'"
                .formatted(script.name()));
      }
      words.add(interpreter);
    }
    words.add(path);
    words.addAll(script.args());
    return words;
  }
}
