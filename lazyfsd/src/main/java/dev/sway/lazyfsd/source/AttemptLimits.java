package dev.sway.lazyfsd.source;

import java.util.concurrent.TimeUnit;

/// How long one request may take before its source is given up. There is another one to ask after a
/// peer, so that a peer is to be fast: whatever it does, it costs a fetch an eighth of its deadline
/// at most.
///
/// @param stallNanos within which some progress is to be made
/// @param totalNanos for all of it
record AttemptLimits(long stallNanos, long totalNanos) {
  /// A source that makes no progress for longer is given up, if the deadline leaves that much time.
  private static final long LONGEST_STALL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final int STALLS_PER_DEADLINE = 4;

  /// Hundreds of round trips of a local network, and enough for a connection with TLS to a worker
  /// that has much to do and whose JVM is not warm.
  private static final long PEER_STALL_NANOS = Latency.UNKNOWN.toNanos();

  /// What a peer has to give beyond that: a sixteenth of what a link of 100 Mbit/s does, since as
  /// many requests may share it.
  private static final long PEER_BYTES_PER_SECOND = 512 << 10;

  private static final int PEERS_PER_DEADLINE = 8;

  /// Those of a request for `length` bytes.
  ///
  /// @param readNanos the deadline of a read, all sources together
  /// @param fetchNanos that of the fetch, which is longer where no process waits for it
  static AttemptLimits of(SourceKind kind, int length, long readNanos, long fetchNanos) {
    if (kind != SourceKind.PEER) {
      return new AttemptLimits(
          Math.min(LONGEST_STALL_NANOS, readNanos / STALLS_PER_DEADLINE), Long.MAX_VALUE);
    }
    long share = fetchNanos / PEERS_PER_DEADLINE;
    long transfer = TimeUnit.SECONDS.toNanos(1) * length / PEER_BYTES_PER_SECOND;
    return new AttemptLimits(
        Math.min(PEER_STALL_NANOS, share), Math.min(PEER_STALL_NANOS + transfer, share));
  }
}
