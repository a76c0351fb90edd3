package dev.sway.lazyfsd.server;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Has memory given back once this process, after it has worked, does next to nothing. What it does
/// is read off the processor time that it takes, so that nothing that works needs to say so.
final class IdleTrim implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(IdleTrim.class.getName());

  /// How often it looks.
  static final Duration PERIOD = Duration.ofSeconds(10);

  /// Looks in a row that see no work before it counts as idle.
  static final int QUIET_LOOKS = 2;

  /// A hundredth of a processor: less than any work takes, more than timers do.
  static final Duration WORK = PERIOD.dividedBy(100);

  private final Supplier<Duration> processorTime;
  private final Runnable trim;
  private final ScheduledExecutorService timer =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("idle-trim").daemon().factory());
  private Duration seen = Duration.ZERO;
  private int quiet;

  /// @param processorTime that this process has taken in all
  /// @param trim gives memory back; called again only after further work
  IdleTrim(Supplier<Duration> processorTime, Runnable trim) {
    this.processorTime = processorTime;
    this.trim = trim;
  }

  /// Watches this process until it is closed.
  static IdleTrim start(Runnable trim) {
    IdleTrim idle =
        new IdleTrim(
            () -> ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO), trim);
    long period = PERIOD.toMillis();
    var _ = idle.timer.scheduleWithFixedDelay(idle::look, period, period, TimeUnit.MILLISECONDS);
    return idle;
  }

  /// Looks at what was taken since it last did; one thread's work.
  void look() {
    Duration now = processorTime.get();
    if (now.minus(seen).compareTo(WORK) > 0) {
      quiet = 0;
    } else if (++quiet == QUIET_LOOKS) {
      try {
        trim.run();
      } catch (RuntimeException | Error e) {
        // An error would end the timer.
        LOG.log(System.Logger.Level.WARNING, "memory is not given back: {0}", e.toString());
      }
      now = processorTime.get();
    }
    seen = now;
  }

  /// Returns once nothing is given back any more.
  @Override
  public void close() {
    timer.close();
  }
}
