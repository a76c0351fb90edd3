package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.InodeRecord;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunRequest.Script;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How a script is run: by what its `#!` line names, which the kernel reads; without one, by what
/// its name's ending stands for.
final class Interpreter {
  private static final Map<String, String> BY_ENDING =
      Map.of(
          "py", "python3", "sh", "sh", "bash", "bash", "pl", "perl", "rb", "ruby", "js", "node",
          "R", "Rscript", "lua", "lua");

  /// As much of a file as Linux looks for the line in (`BINPRM_BUF_SIZE`).
  private static final int MAX_LINE = 256;

  private Interpreter() {}

  /// The words that run `script` with its arguments.
  ///
  /// @throws SwayException of kind `not-executable` where neither says how
  static List<String> command(Script script) throws SwayException {
    String path = LazyfsdApi.SCRIPT_FOLDER + "/" + script.name();
    List<String> words = new ArrayList<>();
    if (words(script.content()).isEmpty()) {
      int dot = script.name().lastIndexOf('.');
      String interpreter = dot < 0 ? null : BY_ENDING.get(script.name().substring(dot + 1));
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

  /// Checks that what a file's `#!` line names is in the image: runc starts the container all the
  /// same, and what the kernel then says names the file only.
  ///
  /// @param file what to call it
  /// @param interpreter that the line names
  /// @param found what is there
  /// @throws SwayException of kind `command-not-found` where nothing is, `not-executable` where
  ///   that is no program
  static void require(String file, String interpreter, Optional<InodeRecord> found)
      throws SwayException {
    if (Executable.isExecutableFile(found)) {
      return;
    }
    if (found.isPresent()) {
      throw new SwayException(
          FailureKind.NOT_EXECUTABLE,
          "'%s', which the '#!' line of '%s' names, is no file that may be executed"
              .formatted(interpreter, file));
    }
    if (interpreter.endsWith("\r")) {
      throw new SwayException(
          FailureKind.COMMAND_NOT_FOUND,
          "'%s' has Windows line ends, which are part of what its '#!' line names; save it with Unix line ends"
              .formatted(file));
    }
    throw new SwayException(
        FailureKind.COMMAND_NOT_FOUND,
        "'%s', which the '#!' line of '%s' names, is not in the image%s; correct the line, or install it there"
            .formatted(
                interpreter,
                file,
                interpreter.startsWith("/")
                    ? ""
                    : " where the kernel looks for it, the working directory"));
  }

  /// What the `#!` line names, and its argument if it has one, as Linux reads it
  /// (`binfmt_script.c`); nothing where there is no such line, or it names nothing or is cut off in
  /// the name.
  ///
  /// @param content the file's first bytes
  static List<String> words(byte[] content) {
    if (content.length < 3 || content[0] != '#' || content[1] != '!') {
      return List.of();
    }
    int most = Math.min(content.length, MAX_LINE);
    int end = 2;
    while (end < most && content[end] != '\n' && content[end] != 0) {
      end++;
    }
    String line =
        new String(content, 2, end - 2, StandardCharsets.UTF_8).replaceAll("^[ \t]+|[ \t]+$", "");
    String[] words = line.split("[ \t]+", 2);
    boolean cutOff = end == MAX_LINE && words.length == 1;
    return line.isEmpty() || cutOff ? List.of() : List.of(words);
  }
}
