package dev.sway.lazyfsd.source;

/// How far a request has come.
///
/// @param age nanoseconds since it was sent
/// @param left nanoseconds until the deadline
/// @param received bytes
/// @param length bytes that it is to give
record Progress(long age, long left, int received, int length) {
  /// Nanoseconds until all is there, if it goes on like that.
  private double remaining() {
    return received == 0 ? Double.POSITIVE_INFINITY : (double) age * (length - received) / received;
  }

  /// Whether it will not be there by the deadline.
  boolean late() {
    return remaining() > left;
  }
}
