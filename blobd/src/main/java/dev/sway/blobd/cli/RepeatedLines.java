package dev.sway.blobd.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Lines of a log that somebody else can cause as often as they like: each at most once a minute.
/// Lines are the same where only numbers, paths, or what stands in brackets in front, differ: ids
/// of connections, ports, what was asked for. Thread-safe.
final class RepeatedLines {
  static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  /// In front of what is said, or somewhere in it.
  private static final Pattern OF_ONE_TIME =
      Pattern.compile("(?<=^[a-z]{0,20}: )\\[[^\\]]*\\] *|\\S*/\\S*|(0x)?[0-9a-f]*[0-9][0-9a-f]*");

  /// How many characters of a line count: somebody else may have chosen them, and the pattern takes
  /// time with the square of a word.
  private static final int COMPARED = 300;

  /// How many different lines are remembered: those that came last.
  private static final int MOST = 64;

  private final LinkedHashMap<String, Last> lines = new LinkedHashMap<>(16, 0.75f, true);

  /// @param nanos when it was written
  /// @param leftOut how often it was not, since then
  private record Last(long nanos, long leftOut) {}

  /// What to write for `line`: it, with how often it was left out before; nothing where it was
  /// written within the last minute.
  ///
  /// @param now on the clock of [System#nanoTime()]
  synchronized Optional<String> next(String line, long now) {
    String key =
        OF_ONE_TIME.matcher(line.substring(0, Math.min(line.length(), COMPARED))).replaceAll("");
    Last last = lines.get(key);
    if (last != null && now - last.nanos() < PAUSE_NANOS) {
      lines.put(key, new Last(last.nanos(), last.leftOut() + 1));
      return Optional.empty();
    }
    lines.put(key, new Last(now, 0));
    if (lines.size() > MOST) {
      Map.Entry<String, Last> _ = lines.pollFirstEntry();
    }
    return Optional.of(
        last == null || last.leftOut() == 0
            ? line
            : line + " (" + last.leftOut() + " times more like this since the last one)");
  }
}
