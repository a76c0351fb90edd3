package dev.sway.lazyfsd.run;

import java.security.SecureRandom;
import java.util.HexFormat;

/// The identity of a run: 12 hexadecimal digits. Also its container's, its host name and part of
/// its cgroup's name.
///
/// @param text the digits
public record RunId(String text) {
  private static final int BYTES = 6;
  private static final SecureRandom RANDOM = new SecureRandom();

  public RunId {
    if (!isOne(text)) {
      throw new IllegalArgumentException("not a run's id: " + text);
    }
  }

  /// A new one.
  public static RunId random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return new RunId(HexFormat.of().formatHex(bytes));
  }

  /// Whether `text` has the form of one.
  public static boolean isOne(String text) {
    return text.matches("[0-9a-f]{12}");
  }

  /// The path of the run's cgroup, from the root of each hierarchy.
  String cgroup() {
    return "/sway-" + text;
  }

  @Override
  public String toString() {
    return text;
  }
}
