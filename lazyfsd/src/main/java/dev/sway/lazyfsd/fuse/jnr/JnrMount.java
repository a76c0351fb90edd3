package dev.sway.lazyfsd.fuse.jnr;

import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.linux.Errno;
import dev.sway.lazyfsd.linux.MountInfo;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import jnr.ffi.Pointer;

/// A mount whose requests several Java threads serve, each in a loop of libfuse.
///
/// Java threads, because a native one is attached anew for each of its first thousand callbacks.
/// All of them are joined before the session is destroyed: destroying it under one that still runs
/// crashes the process.
final class JnrMount implements FuseMount {
  private static final System.Logger LOG = System.getLogger(JnrMount.class.getName());
  private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

  private final LibFuse2 libfuse;
  private final Pointer fuse;
  private final Path point;
  private final List<Thread> threads = new ArrayList<>();
  private final ReentrantLock closing = new ReentrantLock();
  private final Object kept;
  private boolean closed;

  private JnrMount(LibFuse2 libfuse, Pointer fuse, Path point, Object kept) {
    this.libfuse = libfuse;
    this.fuse = fuse;
    this.point = point;
    this.kept = kept;
  }

  /// Starts to serve the session `fuse`, mounted at `point`, and returns once it answers. `kept`
  /// stays reachable as long as it does.
  static JnrMount serve(LibFuse2 libfuse, Pointer fuse, Path point, int threads, Object kept) {
    JnrMount mount = new JnrMount(libfuse, fuse, point, kept);
    for (int i = 0; i < threads; i++) {
      Thread thread =
          Thread.ofPlatform()
              .name("fuse-" + point.getFileName() + "-" + i)
              .daemon()
              .start(() -> libfuse.fuse_loop(fuse));
      mount.threads.add(thread);
    }
    // The kernel holds the first request back until INIT is answered: once this returns, the mount
    // is ready.
    point.toFile().getTotalSpace();
    return mount;
  }

  @Override
  public Path point() {
    return point;
  }

  @Override
  public void close() {
    closing.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      end();
    } finally {
      closing.unlock();
    }
  }

  private void end() {
    String connection = connection();
    int error = SystemCalls.unmount(point, false);
    if (error == Errno.EBUSY.number()) {
      SystemCalls.unmount(point, true);
      abort(connection);
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    try {
      libfuse.fuse_destroy(fuse);
    } finally {
      Reference.reachabilityFence(kept);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// The kernel's number of this connection: the minor number of the mount's device.
  private String connection() {
    try {
      for (MountInfo mount : MountInfo.below(point)) {
        if (mount.point().equals(point)) {
          return mount.device().substring(mount.device().indexOf(':') + 1);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot read the table of mounts: {0}", e.toString());
    }
    return "";
  }

  /// Ends the connection under the readers that are left: they get errors, and the loops end.
  private static void abort(String connection) {
    Path switchFile = CONNECTIONS.resolve(connection).resolve("abort");
    try {
      if (!connection.isEmpty() && Files.exists(switchFile)) {
        Files.writeString(switchFile, "1");
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot abort a FUSE connection: {0}", e.toString());
    }
  }
}
