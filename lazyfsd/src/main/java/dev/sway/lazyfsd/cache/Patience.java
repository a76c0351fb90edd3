package dev.sway.lazyfsd.cache;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for what only another process can do, and which nothing announces: asks again and again,
/// less and less often. A call that waits in the kernel instead would hold the thread that carries
/// a virtual one.
final class Patience {
  private static final long FIRST_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /// Long enough for whoever has waited for some milliseconds.
  private static final long LETTING_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private Patience() {}

  /// Waits a moment between two changes under a lock that others ask for again and again.
  static void letOthers() {
    LockSupport.parkNanos(LETTING_NANOS);
  }

  /// Something that may work.
  @FunctionalInterface
  interface Attempt {
    /// Whether it did.
    boolean succeeds() throws IOException;
  }

  /// Whether `attempt`, which is made at least once, succeeds before `deadline`, by
  /// [System#nanoTime], and before this thread is interrupted.
  static boolean until(long deadline, Attempt attempt) throws IOException {
    for (long pause = FIRST_NANOS; ; pause = Math.min(2 * pause, LONGEST_NANOS)) {
      if (attempt.succeeds()) {
        return true;
      }
      if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(pause);
    }
  }
}
