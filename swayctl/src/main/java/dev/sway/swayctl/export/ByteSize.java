package dev.sway.swayctl.export;

import java.util.Locale;

/// Sizes for people, in decimal units: `917.6 MB`.
public final class ByteSize {
  private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB", "EB"};

  private ByteSize() {}

  /// `bytes`, with one decimal from 1 kB on.
  public static String text(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes / 1000.0;
    int unit = 0;
    while (value >= 999.95 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
  }
}
