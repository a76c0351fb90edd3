package dev.sway.lazyfsd.source;

import java.util.concurrent.TimeUnit;

/// Tells a thread that waits how much of its waiting it did not listen: the machine had too much to
/// do, or this process was stopped. What others did not say in that time says nothing of them.
///
/// After such a time those who receive on other threads have not looked either at what came
/// meanwhile; they get a little longer, once. For one thread; times by [System#nanoTime].
final class Absence {
  /// Who waits so much longer than it wanted had no processor.
  static final long LOST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /// Within which those who receive have looked at what came meanwhile.
  static final long CATCH_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private boolean catchingUp;

  /// How long to wait now.
  ///
  /// @param wanted if nothing was lost before, in nanoseconds
  /// @param most in any case
  long patience(long wanted, long most) {
    return catchingUp ? Math.min(CATCH_UP_NANOS, most) : wanted;
  }

  /// To be told of a wait in which nothing came.
  ///
  /// @param from when it began
  /// @param wait how long it was to be, in nanoseconds
  /// @param to when it was over
  /// @return how much of it was lost, in nanoseconds: 0, or more than [#LOST_NANOS]
  long over(long from, long wait, long to) {
    long late = to - from - Math.max(0, wait);
    long lost = late > LOST_NANOS ? late : 0;
    catchingUp = lost > 0 && !catchingUp;
    return lost;
  }

  /// Whether nobody is to be judged yet.
  boolean isCatchingUp() {
    return catchingUp;
  }
}
