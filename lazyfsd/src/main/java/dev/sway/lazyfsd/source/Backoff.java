package dev.sway.lazyfsd.source;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits between rounds of asking every source: any time from none up to one that doubles with each
/// round, so that those who failed together do not come back together.
final class Backoff {
  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_DOUBLINGS = 10;

  private Backoff() {}

  /// The longest wait after this round, counted from 0.
  static long longestNanos(int round) {
    return Math.min(LONGEST_NANOS, FIRST_NANOS << Math.min(round, MAX_DOUBLINGS));
  }

  /// Waits after this round, at most until `deadline`.
  static void pause(int round, long deadline) throws InterruptedException {
    long until = System.nanoTime() + ThreadLocalRandom.current().nextLong(longestNanos(round) + 1);
    for (long left = left(until, deadline); left > 0; left = left(until, deadline)) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  private static long left(long until, long deadline) {
    long now = System.nanoTime();
    return Math.min(until - now, deadline - now);
  }
}
