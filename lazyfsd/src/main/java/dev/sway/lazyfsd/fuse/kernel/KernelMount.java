package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.MountEnd;
import dev.sway.lazyfsd.fuse.ReadAheadSize;
import dev.sway.lazyfsd.linux.Errno;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/// A mount that this process serves on `/dev/fuse`. Thread-safe.
final class KernelMount implements FuseMount {
  /// How long a part of a file that is being read is waited for before something else is stored.
  private static final long STORE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Path point;
  private final List<Integer> descriptors;
  private final Crew crew;
  private final boolean survives;
  private final ReentrantLock closing = new ReentrantLock();
  private String connection = "";
  private volatile @Nullable ReadAhead readAhead;
  private volatile @Nullable PageRunPushing ahead;

  /// Held by who writes to a descriptor that [#close] closes.
  private final ReentrantReadWriteLock storing = new ReentrantReadWriteLock();

  private final ReadsUnderWay reads = new ReadsUnderWay();
  private volatile boolean closed;

  private KernelMount(Path point, List<Integer> descriptors, boolean survives) {
    this.point = point;
    this.descriptors = List.copyOf(descriptors);
    this.survives = survives;
    this.crew = new Crew(point.getFileName().toString());
  }

  /// Starts to serve the connection of `descriptors`, mounted at `point`, and returns once it
  /// answers. Takes over the descriptors; where it does not come to answer, nothing is left of it.
  ///
  /// @param survives whether another process may go on serving it
  /// @param resumed whether a server that is gone has left requests unanswered: the kernel then
  ///   hands them out again, before this one reads the first
  static KernelMount serve(
      Path point,
      List<Integer> descriptors,
      Operations operations,
      Buffers buffers,
      boolean survives,
      boolean resumed)
      throws SwayException {
    KernelMount mount = new KernelMount(point, descriptors, survives);
    try {
      if (resumed) {
        mount.resend();
      }
      PageRunPushing ahead = operations.pushing(mount.new Pages());
      mount.ahead = ahead;
      if (resumed) {
        // Whoever served before may have had files opened so.
        ahead.begin();
      }
      List<RequestLoop> loops = new ArrayList<>();
      for (int fd : descriptors) {
        loops.add(new RequestLoop(fd, operations, buffers, mount.crew, mount.reads, ahead));
      }
      mount.crew.start(loops);
      long device = MountEnd.device(point);
      mount.connection = MountEnd.connection(device);
      mount.readAhead = ReadAhead.of(device);
      mount.readAhead(ReadAheadSize.LARGE);
      return mount;
    } catch (SwayException | RuntimeException | Error e) {
      mount.close();
      throw e;
    } catch (IOException e) {
      mount.close();
      throw new SwayException(
          FailureKind.MOUNT, "the mount at " + point + " does not answer: " + e.getMessage(), e);
    }
  }

  private void resend() throws SwayException {
    try (Arena arena = Arena.ofConfined()) {
      int error = new Reply(arena).tell(descriptors.getFirst(), FuseProtocol.NOTIFY_RESEND);
      if (error != 0) {
        throw new SwayException(
            FailureKind.MOUNT,
            "the kernel does not send the requests at %s again: %s"
                .formatted(point, Errno.describe(error)));
      }
    }
  }

  @Override
  public List<Integer> descriptors() {
    return survives ? descriptors : List.of();
  }

  @Override
  public boolean stores() {
    return true;
  }

  @Override
  public boolean store(long inode, long offset, MemorySegment content) {
    try (Arena arena = Arena.ofConfined()) {
      return reads.awaitNone(inode, offset, content.byteSize(), STORE_NANOS)
          && storeNow(new Reply(arena), inode, offset, content);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean storeNow(Reply message, long inode, long offset, MemorySegment content) {
    storing.readLock().lock();
    try {
      // ENOENT: the kernel does not know the inode. Any other error is no more than a page that
      // will be asked for.
      return !closed && message.store(descriptors.getFirst(), inode, offset, content) == 0;
    } finally {
      storing.readLock().unlock();
    }
  }

  /// The page cache, for whom no reader waits long.
  private final class Pages implements PageRunPushing.Target {
    private final Reply message = new Reply(Arena.ofAuto());

    @Override
    public boolean isFree(long inode, long offset, long length) {
      return !reads.any(inode, offset, length);
    }

    @Override
    public boolean store(long inode, long offset, MemorySegment content) {
      return isFree(inode, offset, content.byteSize()) && storeNow(message, inode, offset, content);
    }
  }

  @Override
  public void beQuiet() {
    PageRunPushing pushes = ahead;
    if (pushes != null) {
      pushes.end();
      pushes.await();
    }
  }

  @Override
  public void readAhead(ReadAheadSize size) {
    ReadAhead known = readAhead;
    PageRunPushing pushes = ahead;
    if (known != null && pushes != null && !closed) {
      if (size == ReadAheadSize.NONE) {
        pushes.begin();
      }
      known.set(size);
    }
  }

  @Override
  public void trim() {
    // Without the lock, so that [#close] waits for no answer. What is closed meanwhile has none.
    if (!closed) {
      crew.shrink(() -> SystemCalls.statfs(point));
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
      if (!closed) {
        closed = true;
        PageRunPushing pushes = ahead;
        if (pushes != null) {
          // What it may wait for ends with the mount.
          pushes.end();
        }
        MountEnd.unmount(point, connection, crew::await);
        storing.writeLock().lock();
        try {
          descriptors.forEach(DeviceCalls::close);
        } finally {
          storing.writeLock().unlock();
        }
      }
    } finally {
      closing.unlock();
    }
  }
}
