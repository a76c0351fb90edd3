package dev.sway.swayctl.run;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The variables that a run adds to its image's, collected as `docker run` does: `NAME=VALUE` sets
/// one, `NAME` takes the user's own value if there is one, what comes later wins.
public final class RunEnvironment {
  private final Map<String, String> users;
  private final Map<String, String> variables = new LinkedHashMap<>();

  /// @param users the environment of the user
  public RunEnvironment(Map<String, String> users) {
    this.users = users;
  }

  /// Adds what `--env` says.
  ///
  /// @throws SwayException of kind `usage` where `text` has no name
  public void add(String text) throws SwayException {
    add(text, "--env '" + text + "'");
  }

  /// Adds the lines of a file; empty ones and those that start with `#` are comments.
  ///
  /// @throws SwayException of kind `usage` where the file cannot be read or a line has no name
  public void addFile(Path file) throws SwayException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      String reason =
          e instanceof CharacterCodingException
              ? file + ": is not UTF-8"
              : Failures.storage(file, e).getMessage();
      throw new SwayException(FailureKind.USAGE, "--env-file: " + reason, e);
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).stripLeading();
      if (!line.isEmpty() && !line.startsWith("#")) {
        add(line, "line %d of %s".formatted(i + 1, file));
      }
    }
  }

  /// `NAME=VALUE` each.
  public List<String> variables() {
    return variables.entrySet().stream()
        .map(variable -> variable.getKey() + "=" + variable.getValue())
        .toList();
  }

  private void add(String text, String where) throws SwayException {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    if (name.isEmpty()
        || name.startsWith("-")
        || text.indexOf('\0') >= 0
        || name.chars().anyMatch(Character::isWhitespace)) {
      throw new SwayException(
          FailureKind.USAGE, where + " is no variable; use NAME=VALUE, or NAME for your own value");
    }
    Optional.ofNullable(equals < 0 ? users.get(name) : text.substring(equals + 1))
        .ifPresent(value -> variables.put(name, value));
  }
}
