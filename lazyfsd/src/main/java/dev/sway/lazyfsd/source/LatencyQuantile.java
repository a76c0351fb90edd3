package dev.sway.lazyfsd.source;

import java.util.concurrent.locks.ReentrantLock;

/// About how long nineteen of twenty requests take: an estimate that moves a step up with each
/// request that took longer and a nineteenth of a step down with each other, so that it rests where
/// one of twenty takes longer. Thread-safe, and needs no memory of single requests.
final class LatencyQuantile {
  /// Before that many requests nothing is known.
  static final int SAMPLES = 20;

  private static final double STEP_UP = 0.19;
  private static final double STEP_DOWN = 0.01;

  private final ReentrantLock lock = new ReentrantLock();
  private int samples;
  private double estimate;

  void add(long took) {
    double nanos = (double) took;
    lock.lock();
    try {
      if (samples < SAMPLES) {
        samples++;
        estimate = Math.max(estimate, nanos);
      } else if (nanos > estimate) {
        estimate = Math.min(estimate * (1 + STEP_UP), nanos);
      } else {
        estimate *= 1 - STEP_DOWN;
      }
    } finally {
      lock.unlock();
    }
  }

  /// In nanoseconds; `unknown` before there were enough requests.
  long nanos(long unknown) {
    lock.lock();
    try {
      return samples < SAMPLES ? unknown : (long) estimate;
    } finally {
      lock.unlock();
    }
  }
}
