package dev.sway.lazyfsd.fuse.jnr;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.MountEnd;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
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
  private final LibFuse2 libfuse;
  private final Pointer fuse;
  private final Path point;
  private final List<Thread> threads = new ArrayList<>();
  private final ReentrantLock closing = new ReentrantLock();
  private final Object kept;
  private String connection = "";
  private boolean closed;

  private JnrMount(LibFuse2 libfuse, Pointer fuse, Path point, Object kept) {
    this.libfuse = libfuse;
    this.fuse = fuse;
    this.point = point;
    this.kept = kept;
  }

  /// Starts to serve the session `fuse`, mounted at `point`, and returns once it answers. `kept`
  /// stays reachable as long as it does. Where it does not come to answer, nothing is left of it.
  static JnrMount serve(LibFuse2 libfuse, Pointer fuse, Path point, int threads, Object kept)
      throws SwayException {
    JnrMount mount = new JnrMount(libfuse, fuse, point, kept);
    try {
      for (int i = 0; i < threads; i++) {
        Thread thread =
            Thread.ofPlatform()
                .name("fuse-" + point.getFileName() + "-" + i)
                .daemon()
                .start(() -> libfuse.fuse_loop(fuse));
        mount.threads.add(thread);
      }
      // The kernel holds the first request back until INIT is answered: once this returns, the
      // mount is ready.
      mount.connection = MountEnd.connection(MountEnd.device(point));
      return mount;
    } catch (IOException e) {
      mount.close();
      throw new SwayException(
          FailureKind.MOUNT, "the mount at " + point + " does not answer: " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      // No thread more to be had, such as.
      mount.close();
      throw e;
    }
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
    try {
      MountEnd.unmount(point, connection, this::await);
      libfuse.fuse_destroy(fuse);
    } finally {
      Reference.reachabilityFence(kept);
    }
  }

  private boolean await(long nanos) throws InterruptedException {
    long began = System.nanoTime();
    for (Thread thread : threads) {
      long left = nanos - (System.nanoTime() - began);
      if (left <= 0 || !thread.join(Duration.ofNanos(left))) {
        return false;
      }
    }
    return true;
  }
}
