package dev.sway.blobd.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Lines of a log that somebody else can cause as often as they like: each at most once a minute.
/// Thread-safe.
final class RepeatedLines {
  static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

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
    Last last = lines.get(line);
    if (last != null && now - last.nanos() < PAUSE_NANOS) {
      lines.put(line, new Last(last.nanos(), last.leftOut() + 1));
      return Optional.empty();
    }
    lines.put(line, new Last(now, 0));
    if (lines.size() > MOST) {
      Map.Entry<String, Last> _ = lines.pollFirstEntry();
    }
    return Optional.of(
        last == null || last.leftOut() == 0
            ? line
            : line + " (" + last.leftOut() + " times more since this was last said)");
  }
}
