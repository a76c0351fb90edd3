package dev.sway.lazyfsd.client;

import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Looks for a worker again that was lost in the middle of a run. Belongs to one thread.
final class Reconnection {
  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

  private final Duration patience;
  private boolean told;
  private long reached = -1;
  private long since;
  private long pause = FIRST_PAUSE;

  /// @param patience how long to look, without an event
  Reconnection(Duration patience) {
    this.patience = patience;
  }

  /// Has the run's events go on, until the run or the connection ends.
  ///
  /// @throws SwayException where the worker does not come back in time, or has lost the run
  void goOn(HttpCaller caller, RunReception reception) throws IOException {
    IOException why = reception.broken().orElseThrow();
    if (reception.last() > reached) {
      reached = reception.last();
      since = System.nanoTime();
      pause = FIRST_PAUSE;
    }
    if (System.nanoTime() - since > patience.toNanos() || Thread.currentThread().isInterrupted()) {
      throw why;
    }
    if (!told) {
      told = true;
      reception.notice(
          "%s is lost in the middle of the run; looking for it for %d s"
              .formatted(caller, patience.toSeconds()));
    }
    LockSupport.parkNanos(pause);
    pause = Math.min(LONGEST_PAUSE, pause * 2);
    try (HttpAnswer answer = caller.send(reception.request())) {
      reception.take(answer);
    } catch (SwayException e) {
      if (e.kind() == FailureKind.NOT_FOUND) {
        throw new SwayException(
            FailureKind.WORKER_UNREACHABLE,
            "%s is back, but has not the run any more; run again".formatted(caller),
            e);
      }
      if (reception.isOver() || e.kind() != FailureKind.WORKER_UNREACHABLE) {
        throw e;
      }
      reception.connectionEnded(e);
    }
  }
}
