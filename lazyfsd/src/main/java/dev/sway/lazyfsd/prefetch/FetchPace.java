package dev.sway.lazyfsd.prefetch;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// How many fetches of one prefetch are under way at once: few, so that what is wanted first comes
/// first, and more as long as that brings more bytes a second, which it does over a long link.
/// Thread-safe.
final class FetchPace {
  /// Enough for a link that has half a megabyte under way, with a decoder kept busy beside.
  private static final int FIRST = 4;

  /// As many as a source takes.
  static final int MOST = 12;

  private static final int STEP = 2;

  /// What two more fetches must bring, or there are no more after them.
  private static final double GAIN = 1.1;

  /// Fetches that ended, for each one allowed, before the rate is looked at.
  private static final int ROUND = 2;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition more = lock.newCondition();
  private int allowed = FIRST;
  private int underWay;
  private int ended;
  private long bytes;
  private long began;
  private double best;
  private boolean settled;
  private boolean over;

  /// Waits for a turn; answers false once there are none any more.
  boolean begin(long now) throws InterruptedException {
    lock.lock();
    try {
      while (underWay >= allowed && !over) {
        more.await();
      }
      if (over) {
        return false;
      }
      if (began == 0) {
        began = now;
      }
      underWay++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// A fetch of `length` bytes has ended.
  ///
  /// @param now by [System#nanoTime]
  void end(long length, long now) {
    lock.lock();
    try {
      underWay--;
      bytes += length;
      if (++ended >= ROUND * allowed && !settled) {
        double rate = (double) bytes / Math.max(1, now - began);
        if (rate < GAIN * best || allowed >= MOST) {
          settled = true;
        } else {
          allowed += STEP;
        }
        best = Math.max(best, rate);
        ended = 0;
        bytes = 0;
        began = now;
      }
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// How many may be under way.
  int allowed() {
    lock.lock();
    try {
      return allowed;
    } finally {
      lock.unlock();
    }
  }

  /// Nobody gets a turn any more. Idempotent.
  void stop() {
    lock.lock();
    try {
      over = true;
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
