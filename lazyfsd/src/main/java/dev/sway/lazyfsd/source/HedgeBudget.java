package dev.sway.lazyfsd.source;

import java.util.concurrent.atomic.AtomicInteger;

/// Bounds second requests for what is on its way already to a share of all requests, so that a
/// server which is slow because it has much to do does not get more to do. Thread-safe.
final class HedgeBudget {
  /// One second request for that many first ones.
  static final int REQUESTS_PER_HEDGE = 32;

  /// How many may be saved up.
  static final int SAVED = 8;

  private static final int FULL = REQUESTS_PER_HEDGE * SAVED;

  private final AtomicInteger earned = new AtomicInteger(FULL / 2);

  /// A first request was sent.
  void requested() {
    if (earned.get() < FULL) {
      earned.incrementAndGet();
    }
  }

  /// Whether a second one may be sent now.
  boolean trySpend() {
    int before =
        earned.getAndUpdate(have -> have >= REQUESTS_PER_HEDGE ? have - REQUESTS_PER_HEDGE : have);
    return before >= REQUESTS_PER_HEDGE;
  }
}
