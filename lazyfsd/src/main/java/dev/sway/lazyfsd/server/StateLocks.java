package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fuse.MountEnd;
import dev.sway.lazyfsd.holder.Handover;
import dev.sway.lazyfsd.linux.KilledProcess;
import java.io.IOException;
import java.nio.file.Path;
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
  /// @param before the process that is about to leave it, if it lives
  /// @throws SwayException of kind `in-use` where it does not end in time, or another has taken its
  ///   place
  static StateLock await(Path state, Predecessor before) throws SwayException {
    long begin = System.nanoTime();
    long patience = before.patience().toNanos();
    while (true) {
      try {
        return StateLock.acquire(state);
      } catch (SwayException e) {
        if (e.kind() != FailureKind.IN_USE) {
          throw e;
        }
        OptionalLong holder = holder(state);
        boolean dying = holder.isPresent() && isDying(holder.getAsLong());
        if (System.nanoTime() - begin >= (dying ? Math.max(DYING, patience) : patience)) {
          throw e;
        }
        if (!dying && holder.isPresent() && !before.mayBe(holder.getAsLong())) {
          throw new SwayException(
              FailureKind.IN_USE,
              "process %d has taken the place of the lazyfsd that served %s before this one could; it serves now, and can be upgraded in its turn"
                  .formatted(holder.getAsLong(), state));
        }
        if (dying && !Handover.isHeld(state.toAbsolutePath())) {
          abortMounts(state);
        }
        LockSupport.parkNanos(dying ? DYING_PAUSE : PAUSE);
      }
    }
  }

  private static OptionalLong holder(Path state) {
    try {
      return StateLock.holder(state);
    } catch (IOException e) {
      // Whoever has it keeps it then.
      return OptionalLong.empty();
    }
  }

  private static boolean isDying(long pid) {
    try {
      return KilledProcess.isKilled(pid);
    } catch (IOException e) {
      // As far as is known.
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
