package dev.sway.lazyfsd.run;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Lets go of runs that nobody watches for a while.
///
/// No time counts before clients can reach the worker: one that takes over the runs of another may
/// need long for its own start, and its clients cannot come before.
///
/// Thread-safe; [#close] is idempotent, and nothing is let go after it.
///
/// @param <R> the runs
final class RunLeases<R extends RunLeases.Leased> implements AutoCloseable {
  /// How long the last events of a run stay whose client has been sent them.
  static final Duration LINGER = Duration.ofSeconds(5);

  private final Duration grace;
  private final Consumer<R> expired;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("run-leases").factory());
  private volatile boolean reachable;
  private volatile boolean closed;

  /// What a lease needs to know of a run.
  interface Leased {
    /// How often somebody has begun to watch it.
    long watches();

    /// Whether nobody has watched since watch number `since`.
    boolean isAlone(long since);

    /// Whether its last event was sent.
    boolean wasDelivered();
  }

  /// @param grace how long a run may be without a client that watches it
  /// @param expired is given those that nobody has watched for so long, on one thread; may be given
  ///   one more than once
  RunLeases(Duration grace, Consumer<R> expired) {
    this.grace = grace;
    this.expired = expired;
  }

  /// Nobody watches `run` since its watch number `watches`, or it has just ended so.
  void begin(R run, long watches) {
    if (!reachable || closed) {
      return;
    }
    // Before the first watch there is somebody who is about to.
    boolean lingers =
        (run.wasDelivered() && grace.compareTo(LINGER) > 0)
            || (watches == 0 && grace.compareTo(LINGER) < 0);
    try {
      var _ =
          timer.schedule(
              () -> expire(run, watches),
              (lingers ? LINGER : grace).toNanos(),
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // Closed in between.
      return;
    }
  }

  private void expire(R run, long watches) {
    if (!closed && run.isAlone(watches)) {
      expired.accept(run);
    }
  }

  /// Clients can come from now on; `runs` are those that were there before. To be called once.
  void clientsMayCome(Collection<R> runs) {
    reachable = true;
    for (R run : runs) {
      long watches = run.watches();
      // Of one that is watched already, the lease begins when that ends.
      if (run.isAlone(watches)) {
        begin(run, watches);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    timer.shutdownNow();
  }
}
