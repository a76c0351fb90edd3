package dev.sway.lazyfsd.image;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// What the link to blobd is like, as far as the manifests and indexes that came over it tell.
/// Thread-safe.
///
/// The last manifest says what a round trip takes, because it has few bytes; the last index that is
/// large enough, what a byte takes beyond that. Both count what this machine does meanwhile, as any
/// fetch does.
public final class LinkEstimate {
  /// Shorter answers tell nothing of how many bytes come in a second.
  static final int LEAST_BYTES = 16 << 10;

  /// What is believed of a link over which only short answers came: 10 MB/s.
  private static final double UNKNOWN_NANOS_PER_BYTE = TimeUnit.SECONDS.toNanos(1) / 10e6;

  private volatile long roundTripNanos;
  private volatile double nanosPerByte = UNKNOWN_NANOS_PER_BYTE;

  /// A few bytes took so long to come.
  public void roundTrip(long nanos) {
    roundTripNanos = Math.max(1, nanos);
  }

  /// So many bytes took so long to come, in one answer.
  public void transfer(long bytes, long nanos) {
    if (bytes >= LEAST_BYTES) {
      // An answer that came faster than a round trip was measured still took something.
      nanosPerByte = Math.max(nanos - roundTripNanos, nanos / 10) / (double) bytes;
    }
  }

  /// About how long so many bytes take beyond the round trip.
  public Duration transfer(long bytes) {
    return Duration.ofNanos(Math.round(bytes * nanosPerByte));
  }

  /// Whether `bytes` in one answer come within the time of this many round trips. False where
  /// nothing has come over the link yet.
  public boolean brings(long bytes, int roundTrips) {
    return roundTripNanos + bytes * nanosPerByte <= (double) roundTrips * roundTripNanos;
  }
}
