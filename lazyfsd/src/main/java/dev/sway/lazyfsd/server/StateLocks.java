package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The lock of a state folder that another process is about to leave.
final class StateLocks {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  private StateLocks() {}

  /// Locks `state`, where need be once the process that has it now has ended.
  ///
  /// @param patience how long to wait for that
  /// @throws SwayException of kind `in-use` where it does not end in time
  static StateLock await(Path state, Duration patience) throws SwayException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return StateLock.acquire(state);
      } catch (SwayException e) {
        if (e.kind() != FailureKind.IN_USE || System.nanoTime() - deadline >= 0) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE);
      }
    }
  }
}
