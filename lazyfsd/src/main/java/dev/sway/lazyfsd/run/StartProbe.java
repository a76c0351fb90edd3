package dev.sway.lazyfsd.run;

import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Whether a container has come to run.
///
/// Until it has, what comes from runc is its own complaint and is held back: a run that never
/// started is reported as a failure, in our words.
final class StartProbe {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private StartProbe() {}

  /// Waits until the container runs, or until it is known that it did not.
  ///
  /// @param pid a file that exists once the container runs
  /// @param decided completes once runc has ended, before that file goes: with whether it was there
  /// @throws InterruptedIOException where this thread is to do something else
  static boolean await(Path pid, CompletableFuture<Boolean> decided) throws InterruptedIOException {
    while (!decided.isDone()) {
      if (Files.exists(pid)) {
        decided.complete(true);
      } else {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("interrupted before the container ran");
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
    return decided.join();
  }
}
