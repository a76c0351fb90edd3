package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunInfo;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.holder.RunOutput;
import dev.sway.lazyfsd.holder.RunOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A run and whoever watches it: one client at a time, or none for a while. Thread-safe.
final class Run implements RunLeases.Leased {
  /// The number of the event `started`; those of output follow the holder's numbers.
  static final long STARTED = 1;

  /// Instead of the number of a run's end.
  private static final long LOST = -1;

  private final RunFacts facts;
  private final RunExecution execution;
  private final RunLeases<Run> leases;
  private final CompletableFuture<RunResult> outcome = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition gone = lock.newCondition();
  private @Nullable Thread watcher;
  private long watches;
  private boolean delivered;

  Run(RunFacts facts, RunExecution execution, RunLeases<Run> leases) {
    this.facts = facts;
    this.execution = execution;
    this.leases = leases;
  }

  RunFacts facts() {
    return facts;
  }

  RunExecution execution() {
    return execution;
  }

  /// How it ended; completes once nothing is left of it but its output.
  CompletableFuture<RunResult> outcome() {
    return outcome;
  }

  RunInfo info() {
    lock.lock();
    try {
      return new RunInfo(
          facts.id(),
          facts.image(),
          facts.digest().toString(),
          facts.command(),
          outcome.isDone() ? "ended" : "running",
          watcher != null,
          Instant.ofEpochMilli(facts.startedMillis()).toString());
    } finally {
      lock.unlock();
    }
  }

  /// Shows the events behind number `after` to the last, and ends whoever watches already. The
  /// observer has been ended when this returns or throws.
  ///
  /// @throws WatcherGoneException where the observer fails, or another one has come
  void follow(long after, RunObserver observer) throws WatcherGoneException {
    long mine = watch();
    try {
      try {
        showAll(after, observer, mine);
      } catch (WatcherGoneException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        observer.fail(e);
      }
      observer.end();
      delivered();
    } catch (WatcherGoneException e) {
      throw e;
    } catch (IOException e) {
      throw new WatcherGoneException("the client reads no more", e);
    } finally {
      unwatch(mine);
    }
  }

  private void showAll(long after, RunObserver observer, long mine) throws IOException {
    if (after < STARTED) {
      show(observer, new RunEvent.Started(STARTED, facts.id()));
    }
    long last = showOutput(Math.max(0, after - STARTED), observer, mine);
    RunResult result = result(mine);
    if (last == LOST) {
      throw new SwayException(
          FailureKind.RUN,
          "run %s ended with %d, but the process that held its output for lazyfsd was killed; run it again"
              .formatted(facts.id(), result.exitCode()));
    }
    show(observer, new RunEvent.Exited(last + STARTED, result));
  }

  private void delivered() {
    lock.lock();
    try {
      delivered = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean wasDelivered() {
    lock.lock();
    try {
      return delivered;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isAlone(long since) {
    lock.lock();
    try {
      return watcher == null && watches == since;
    } finally {
      lock.unlock();
    }
  }

  /// Waits until nobody watches any more, at most until [System#nanoTime] is `deadline`.
  void awaitAlone(long deadline) {
    lock.lock();
    try {
      long left = deadline - System.nanoTime();
      while (watcher != null && left > 0) {
        left = gone.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /// Breaks off whoever watches.
  void dismiss() {
    lock.lock();
    try {
      if (watcher != null) {
        watcher.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The run is over, with this result or failure.
  void ended(@Nullable RunResult result, @Nullable Throwable failure) {
    if (failure != null) {
      outcome.completeExceptionally(failure);
    } else {
      outcome.complete(result);
    }
    lock.lock();
    try {
      if (watcher != null) {
        return;
      }
    } finally {
      lock.unlock();
    }
    leases.begin(this, watches());
  }

  @Override
  public long watches() {
    lock.lock();
    try {
      return watches;
    } finally {
      lock.unlock();
    }
  }

  private long watch() {
    lock.lock();
    try {
      if (watcher != null) {
        watcher.interrupt();
      }
      watcher = Thread.currentThread();
      return ++watches;
    } finally {
      lock.unlock();
    }
  }

  private void unwatch(long mine) {
    lock.lock();
    try {
      // Whoever came after this one may have interrupted it; its thread has other things to do.
      boolean _ = Thread.interrupted();
      if (watches != mine) {
        return;
      }
      watcher = null;
      gone.signalAll();
    } finally {
      lock.unlock();
    }
    leases.begin(this, mine);
  }

  private static void show(RunObserver observer, RunEvent event) throws WatcherGoneException {
    try {
      observer.show(event);
    } catch (IOException e) {
      throw new WatcherGoneException("the client reads no more", e);
    }
  }

  /// Shows what the container writes; the number of its end, or [#LOST].
  private long showOutput(long after, RunObserver observer, long mine) throws IOException {
    try (RunOutputStream output = execution.output(after)) {
      while (true) {
        switch (output.next()) {
          case RunOutput.Piece piece -> {
            if (execution.awaitStart()) {
              execution.shown();
              show(
                  observer,
                  new RunEvent.Output(piece.number() + STARTED, piece.stream(), piece.bytes()));
            }
          }
          case RunOutput.Last end -> {
            return end.number();
          }
        }
      }
    } catch (WatcherGoneException e) {
      throw e;
    } catch (IOException e) {
      requireMine(mine, e);
      // The holder is gone, or the container was not started: the outcome says so.
      return LOST;
    }
  }

  private void requireMine(long mine, @Nullable IOException because) throws WatcherGoneException {
    if (Thread.currentThread().isInterrupted() || watches() != mine) {
      throw new WatcherGoneException("run " + facts.id() + " is not to be watched here", because);
    }
  }

  private RunResult result(long mine) throws IOException {
    try {
      return outcome.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      requireMine(mine, null);
      throw new IOException("interrupted while run " + facts.id() + " went on", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException known) {
        throw known;
      }
      throw new IllegalStateException("run " + facts.id() + " failed", e.getCause());
    }
  }
}
