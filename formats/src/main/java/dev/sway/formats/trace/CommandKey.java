package dev.sway.formats.trace;

import dev.sway.formats.id.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The identity of what a run does: runs with the same one touch about the same files.
///
/// @param digest of the words that make it
public record CommandKey(Digest digest) {
  /// The key of a command of the image.
  ///
  /// @param args its whole command line
  public static CommandKey ofCommand(List<String> args) {
    return of("command", args);
  }

  /// The key of a script that a user brings: by its name, so that it keeps its profile while it is
  /// being written.
  ///
  /// @param interpreter that runs it; empty where the script names its own
  /// @param name of its file
  public static CommandKey ofScript(Optional<String> interpreter, String name) {
    return of("script", List.of(interpreter.orElse(""), name));
  }

  private static CommandKey of(String kind, List<String> words) {
    List<String> all = new ArrayList<>(List.of(kind));
    all.addAll(words);
    // No word has a NUL: none can be given to a program.
    return new CommandKey(Digest.of(String.join("\0", all).getBytes(StandardCharsets.UTF_8)));
  }

  /// The key written as `text`, or empty where `text` is anything but 64 lower-case hexadecimal
  /// digits.
  public static Optional<CommandKey> parse(String text) {
    return Digest.parse("sha256:" + text).map(CommandKey::new);
  }

  /// 64 hexadecimal digits.
  public String hex() {
    return digest.hex();
  }

  @Override
  public String toString() {
    return hex();
  }
}
