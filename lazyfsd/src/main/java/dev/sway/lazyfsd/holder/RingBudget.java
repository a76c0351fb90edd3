package dev.sway.lazyfsd.holder;

import java.util.concurrent.atomic.AtomicLong;

/// What the rings of all runs together may take beyond their share. Thread-safe.
final class RingBudget {
  private final AtomicLong left;

  /// @param bytes in all
  RingBudget(long bytes) {
    left = new AtomicLong(bytes);
  }

  /// Takes `bytes`, if there are as many.
  boolean take(long bytes) {
    long before = left.get();
    while (before >= bytes) {
      if (left.compareAndSet(before, before - bytes)) {
        return true;
      }
      before = left.get();
    }
    return false;
  }

  /// Gives `bytes` back.
  void give(long bytes) {
    left.addAndGet(bytes);
  }
}
