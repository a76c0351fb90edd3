package dev.sway.lazyfsd.source;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// The servers that gave what the latest fetches wanted, whoever was asked before them.
/// Thread-safe.
final class LatestGivers {
  /// Of so many fetches each is remembered: who gave none of them gives less than one of twenty,
  /// and to be slower than nineteen of twenty is what makes a fetch slow.
  static final int REMEMBERED = 20;

  private final AtomicReferenceArray<RemoteSource> givers = new AtomicReferenceArray<>(REMEMBERED);
  private final AtomicInteger fetches = new AtomicInteger();

  void gave(RemoteSource source) {
    givers.set(Math.floorMod(fetches.getAndIncrement(), REMEMBERED), source);
  }

  /// Whether one of the latest fetches got its bytes from `source`.
  boolean has(RemoteSource source) {
    for (int i = 0; i < REMEMBERED; i++) {
      if (givers.get(i) == source) {
        return true;
      }
    }
    return false;
  }
}
