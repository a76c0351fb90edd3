package dev.sway.lazyfsd.source;

/// How far a request has come, and what follows for a second one for the same.
///
/// @param age nanoseconds since it was sent
/// @param left nanoseconds until the deadline
/// @param received bytes
/// @param length bytes that it is to give
/// @param moving whether some of them came just now
record Progress(long age, long left, int received, int length, boolean moving) {
  /// What a second request on the same link leaves to the first one is half of its speed, and a
  /// fifth for what is not measured that well.
  private static final double SLOWED = 2.5;

  /// Nanoseconds until all is there, if it goes on like that.
  private double remaining() {
    return received == 0 ? Double.POSITIVE_INFINITY : (double) age * (length - received) / received;
  }

  /// Whether it will not be there by the deadline.
  boolean late() {
    return remaining() > left;
  }

  /// Whether it will be there by the deadline, but not if it had to share the link with another.
  boolean betterAlone() {
    return moving && !late() && remaining() * SLOWED > left;
  }
}
