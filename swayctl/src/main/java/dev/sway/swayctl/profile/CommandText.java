package dev.sway.swayctl.profile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sway.formats.id.ByteName;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A command line for people: its words as a shell would take them. Whoever wrote the profile or
/// the trace wrote them, so what a terminal could take for commands is escaped.
public final class CommandText {
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}_@%+=:,./-]+");

  private CommandText() {}

  static String of(List<String> args) {
    return args.stream().map(CommandText::word).collect(Collectors.joining(" "));
  }

  /// At most `length` characters of a command line.
  public static String of(List<String> args, int length) {
    String all = of(args);
    return all.length() <= length ? all : all.substring(0, length - 3) + "...";
  }

  private static String word(String word) {
    return PLAIN.matcher(word).matches()
        ? word
        : "'" + ByteName.printable(word.getBytes(UTF_8)).replace("'", "'\\''") + "'";
  }
}
