package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fuse.MountEnd;
import dev.sway.lazyfsd.holder.Handover;
import dev.sway.lazyfsd.linux.KilledProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The lock of a state folder that another process is about to leave.
final class StateLocks {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long DYING_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

  /// What a process that was killed may take to end, with its holder's help.
  private static final long DYING = TimeUnit.SECONDS.toNanos(5);

  private StateLocks() {}

  /// Locks `state`, where need be once the process that has it now has ended.
  ///
  /// One that was killed is waited for in any case. Where its threads wait for mounts of their own,
  /// the holder sees to their end; where that was killed too, nobody can go on with these mounts,
  /// and they end here.
  ///
  /// @param patience how long to wait for a process that lives
  /// @throws SwayException of kind `in-use` where it does not end in time
  static StateLock await(Path state, Duration patience) throws SwayException {
    long begin = System.nanoTime();
    while (true) {
      try {
        return StateLock.acquire(state);
      } catch (SwayException e) {
        boolean dying = e.kind() == FailureKind.IN_USE && isDying(state);
        long limit = dying ? Math.max(DYING, patience.toNanos()) : patience.toNanos();
        if (e.kind() != FailureKind.IN_USE || System.nanoTime() - begin >= limit) {
          throw e;
        }
        if (dying && !Handover.isHeld(state.toAbsolutePath())) {
          abortMounts(state);
        }
        LockSupport.parkNanos(dying ? DYING_PAUSE : PAUSE);
      }
    }
  }

  private static boolean isDying(Path state) {
    try {
      OptionalLong holder = StateLock.holder(state);
      return holder.isPresent() && KilledProcess.isKilled(holder.getAsLong());
    } catch (IOException e) {
      // Whoever has it keeps it then, as far as is known.
      return false;
    }
  }

  private static void abortMounts(Path state) throws SwayException {
    try {
      MountEnd.abortBelow(state.toRealPath(), _ -> false);
    } catch (IOException e) {
      throw new SwayException(
          FailureKind.IN_USE,
          "%s was left by a process that was killed and cannot end: %s"
              .formatted(state, e.getMessage()),
          e);
    }
  }
}
