package dev.sway.lazyfsd.source;

import java.time.Duration;

/// How long requests to one server take, by the size of what they ask for, and from when on one is
/// slow. Thread-safe.
final class Latency {
  /// A request is not slow before that: below, what is slow is this machine.
  static final Duration SHORTEST = Duration.ofMillis(50);

  /// A request is slow after that, as long as nothing is known of the server.
  static final Duration UNKNOWN = Duration.ofSeconds(1);

  /// How much longer than usual a slow request takes.
  private static final int FACTOR = 2;

  /// Up to 64 KiB, 256 KiB, 1 MiB, and more.
  private final LatencyQuantile[] bySize = new LatencyQuantile[4];

  Latency() {
    for (int i = 0; i < bySize.length; i++) {
      bySize[i] = new LatencyQuantile();
    }
  }

  private LatencyQuantile of(int length) {
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(length - 1);
    return bySize[Math.clamp((bits - 15L) / 2, 0, bySize.length - 1)];
  }

  void took(int length, long nanos) {
    of(length).add(nanos);
  }

  /// After how many nanoseconds a request for `length` bytes is slow.
  long slowNanos(int length) {
    long unknown = UNKNOWN.toNanos() / FACTOR;
    return Math.max(SHORTEST.toNanos(), of(length).nanos(unknown) * FACTOR);
  }
}
