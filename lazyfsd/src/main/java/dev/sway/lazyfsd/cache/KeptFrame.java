package dev.sway.lazyfsd.cache;

/// One frame that is said to be in a replica. Another frame at the same offset is another object,
/// so that a reader whose bytes are wrong can tell whether they were evicted under its hands.
///
/// Thread-safe; the times are approximate, and wrong ones cost nothing but a worse choice of what
/// to evict.
final class KeptFrame {
  private final long offset;
  private final int length;
  private volatile int used;
  private volatile int recorded;

  /// @param offset in the pack
  /// @param length in bytes
  /// @param used when it was last, in seconds by [CacheClock], as the log says
  KeptFrame(long offset, int length, int used) {
    this.offset = offset;
    this.length = length;
    this.used = used;
    this.recorded = used;
  }

  long offset() {
    return offset;
  }

  int length() {
    return length;
  }

  long end() {
    return offset + length;
  }

  /// When it was last used, in seconds by [CacheClock].
  int used() {
    return used;
  }

  /// It is used now.
  void use(int now) {
    // Most readers come within the same second: do not take the cache line from each other.
    if (used < now) {
      used = now;
    }
  }

  /// When it was last used, as the log says.
  int recorded() {
    return recorded;
  }

  /// The log says now that it was used at `time`.
  void record(int time) {
    recorded = time;
    use(time);
  }
}
