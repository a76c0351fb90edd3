package dev.sway.swayctl.explain;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.TraceFormat;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Times and names for people.
final class Show {
  private static final String READ = TraceFormat.word(Operation.READ);

  private Show() {}

  /// Microseconds with three digits or so: `1.5 ms`, `12.35 s`.
  static String time(long micros) {
    long size = Math.abs(micros);
    if (size >= 10_000_000) {
      return String.format(Locale.ROOT, "%.1f s", micros / 1e6);
    }
    if (size >= 1_000_000) {
      return String.format(Locale.ROOT, "%.2f s", micros / 1e6);
    }
    return String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
  }

  /// `part` of `whole` in percent.
  static String percent(long part, long whole) {
    return whole <= 0 ? "0 %" : Math.round(100.0 * part / whole) + " %";
  }

  /// A text that a container chose, as it can stand on a terminal.
  static String text(String text) {
    return ByteName.printable(text.getBytes(StandardCharsets.UTF_8));
  }

  /// What was read of a file; empty for other operations.
  static String range(String operation, long offset, int length) {
    return operation.equals(READ) ? offset + "+" + length : "";
  }
}
