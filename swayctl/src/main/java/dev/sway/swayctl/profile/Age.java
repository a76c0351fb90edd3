package dev.sway.swayctl.profile;

import java.time.Duration;

/// How long ago something was, for people: `3 h`.
final class Age {
  private static final int HOURS_SHOWN = 48;

  private Age() {}

  /// `age` in its largest fitting unit; a clock that is behind makes it nothing.
  static String text(Duration age) {
    if (age.isNegative()) {
      return "0 s";
    }
    if (age.toMinutes() < 1) {
      return age.toSeconds() + " s";
    }
    if (age.toHours() < 1) {
      return age.toMinutes() + " min";
    }
    return age.toHours() < HOURS_SHOWN ? age.toHours() + " h" : age.toDays() + " d";
  }
}
