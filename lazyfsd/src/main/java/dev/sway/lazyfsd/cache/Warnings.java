package dev.sway.lazyfsd.cache;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Warnings of one kind, at most one a minute: a full disk would otherwise fill the log. Each says
/// how many were left out before it. Thread-safe.
final class Warnings {
  private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final System.Logger log;
  private final String what;
  private final AtomicLong last = new AtomicLong(System.nanoTime() - PAUSE_NANOS);
  private final AtomicLong count = new AtomicLong();
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /// @param what is wrong, in words
  Warnings(System.Logger log, String what) {
    this.log = log;
    this.what = what;
  }

  /// It happened again, for this reason.
  void warn(String reason) {
    long now = System.nanoTime();
    long before = last.get();
    count.incrementAndGet();
    if (now - before >= PAUSE_NANOS && last.compareAndSet(before, now)) {
      log.log(
          System.Logger.Level.WARNING, "{0} ({1} times): {2}", what, count.getAndSet(0), reason);
    }
  }

  /// It happened for a reason that stays, and that is said only once, whenever that is: a replica
  /// whose disk fails does so at every look.
  ///
  /// @param reason one of few, as they are remembered
  void once(String reason) {
    if (said.add(reason)) {
      log.log(System.Logger.Level.WARNING, "{0}: {1}", what, reason);
    }
  }
}
