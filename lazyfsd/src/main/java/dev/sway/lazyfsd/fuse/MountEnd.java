package dev.sway.lazyfsd.fuse;

import dev.sway.lazyfsd.linux.Errno;
import dev.sway.lazyfsd.linux.MountInfo;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Ends a FUSE mount together with the threads that serve it.
public final class MountEnd {
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
  private static final long FOR_EVER = TimeUnit.DAYS.toNanos(1000);

  private MountEnd() {}

  /// The threads that serve a mount, and end when its connection does.
  @FunctionalInterface
  public interface Servers {
    /// Waits until they have ended, at most `nanos`; answers whether they have.
    boolean await(long nanos) throws InterruptedException;
  }

  /// The device number that the kernel has given the mount at `point`, which must answer: this
  /// waits until it does.
  public static long device(Path point) throws IOException {
    return (long) Files.getAttribute(point, "unix:dev");
  }

  /// The kernel's number of a mount's connection: the minor number of its device (makedev(3)).
  public static String connection(long device) {
    return Long.toString((device & 0xff) | ((device >> 12) & ~0xffL));
  }

  /// Ends the connections of mounts below `folder`, whose server is gone; the mounts stay, and
  /// whoever uses them gets errors. Does not wait for any of them.
  ///
  /// @param spared those that stay, by where they are
  public static void abortBelow(Path folder, Predicate<Path> spared) throws IOException {
    for (MountInfo mount : MountInfo.below(folder)) {
      if (mount.type().equals(FuseTransport.TYPE) && !spared.test(mount.point())) {
        try (AbortSwitch abort = AbortSwitch.of(mount.device())) {
          abort.press();
        }
      }
    }
  }

  /// Unmounts `point` and returns once its servers have ended. An interrupt does not shorten this;
  /// it is passed on.
  public static void unmount(Path point, String connection, Servers servers) {
    boolean interrupted = Thread.interrupted();
    try (AbortSwitch abort = AbortSwitch.of(connection)) {
      int error = SystemCalls.unmount(point, false);
      if (error == Errno.EBUSY.number()) {
        SystemCalls.unmount(point, true);
      }
      // Without users the servers end by themselves. A process that works in there, an overlay on
      // it or a copy of it in some mount namespace would keep them for as long as they like.
      boolean ended = false;
      for (long patience = GRACE_NANOS; !ended; patience = FOR_EVER) {
        try {
          ended = servers.await(patience);
        } catch (InterruptedException e) {
          interrupted = true;
        }
        if (!ended) {
          abort.press();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
