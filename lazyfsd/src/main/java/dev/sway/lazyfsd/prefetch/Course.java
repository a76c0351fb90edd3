package dev.sway.lazyfsd.prefetch;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// How one prefetch goes: whether it was cancelled, and what did not come. Thread-safe.
final class Course {
  private volatile boolean cancelled;
  private volatile boolean cutOff;
  private volatile @Nullable IOException failure;

  /// What is not under way yet is given up. Idempotent.
  void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  /// Something was left undone because it was cancelled.
  void cutOff() {
    cutOff = true;
  }

  boolean isCutOff() {
    return cutOff;
  }

  /// Something could not be done.
  void failed(IOException why) {
    failure = why;
  }

  /// What failed last, if anything did.
  @Nullable IOException failure() {
    return failure;
  }
}
