package dev.sway.lazyfsd.walk;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.linux.DirectoryScan;
import dev.sway.lazyfsd.trace.RunRecording;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Sees when a process walks a tree of one mount, and lists the tree's directories meanwhile, from
/// the other end on. A walk asks for one directory after the other, and most of what it waits for
/// is the kernel taking the entries in; that goes on two processors then, and the walk finds its
/// second half in the kernel's memory.
///
/// One walk at a time is helped: the first one that is seen. Where the walk makes a pause the help
/// ends, so that a process that has seen enough costs nothing. Thread-safe.
public final class Walks implements AccessSink, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Walks.class.getName());

  /// Directories after which it is looked whether they are a walk's.
  static final int ENOUGH = 24;

  /// A walk that asks for nothing as long as this has ended, or has all it needs.
  private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /// Directories of one walk that are remembered.
  private static final int MOST_LISTED = 1 << 18;

  private final ImageView view;
  private final Path point;
  private final boolean useful;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Walk current;
  private @Nullable Thread helper;
  private int helperNumber;
  private boolean closed;

  /// What one thread lists.
  private static final class Walk {
    final int thread;
    final Set<Long> listed = new HashSet<>();
    final List<Long> latest = new ArrayList<>();
    int looked = ENOUGH;
    volatile long seen;

    Walk(int thread) {
      this.thread = thread;
    }

    boolean isSilent(long now) {
      return now - seen > SILENCE_NANOS;
    }
  }

  /// @param view of the image
  /// @param point where it is mounted, or will be
  public Walks(ImageView view, Path point) {
    this.view = view;
    this.point = point;
    // The same processor would do the same work.
    this.useful = Runtime.getRuntime().availableProcessors() > 1;
  }

  @Override
  public void served(
      Operation operation,
      long inode,
      @Nullable ByteName name,
      long offset,
      int length,
      int thread,
      long begin,
      long end,
      ServedFrom from,
      boolean failed) {
    if (operation == Operation.READDIR && !failed && useful) {
      listed(inode, thread, end);
    }
  }

  private void listed(long inode, int thread, long now) {
    lock.lock();
    try {
      if (thread == helperNumber) {
        return;
      }
      Walk walk = current;
      if (walk == null || walk.isSilent(now)) {
        walk = new Walk(thread);
        current = walk;
      } else if (walk.thread != thread) {
        return;
      }
      walk.seen = now;
      if (walk.listed.size() < MOST_LISTED && walk.listed.add(inode)) {
        walk.latest.addLast(inode);
        if (walk.latest.size() > ENOUGH) {
          walk.latest.removeFirst();
        }
        if (walk.listed.size() == walk.looked && helper == null && !closed) {
          help(walk, List.copyOf(walk.latest));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// To be called with the lock.
  private void help(Walk walk, List<Long> latest) {
    // What is no walk so far may become one.
    walk.looked *= 4;
    try {
      helper =
          Thread.ofPlatform()
              // So that it counts as what is brought ahead, and not as what a run asks for.
              .name(RunRecording.AHEAD + "-walk")
              .daemon()
              .start(() -> {
                try {
                  follow(walk, latest);
                } catch (IOException | RuntimeException e) {
                  LOG.log(
                      System.Logger.Level.WARNING, "a walk is not helped along: {0}", e.toString());
                } finally {
                  leave();
                }
              });
    } catch (OutOfMemoryError e) {
      // No thread is left: the walk goes on alone.
      LOG.log(System.Logger.Level.DEBUG, "no thread for a walk: {0}", e.getMessage());
    }
  }

  private void follow(Walk walk, List<Long> latest) throws IOException {
    int number =
        Integer.parseInt(
            Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString());
    lock.lock();
    try {
      helperNumber = number;
    } finally {
      lock.unlock();
    }
    Optional<List<ByteName>> top = new WalkOrder(view).top(latest);
    if (top.isEmpty()) {
      return;
    }
    try (DirectoryScan scan = DirectoryScan.of(point)) {
      new ReverseListing(scan, inode -> isListed(walk, inode), () -> goesOn(walk)).list(top.get());
    }
  }

  private boolean isListed(Walk walk, long inode) {
    lock.lock();
    try {
      return walk.listed.contains(inode);
    } finally {
      lock.unlock();
    }
  }

  private boolean goesOn(Walk walk) {
    if (walk.isSilent(System.nanoTime())) {
      return false;
    }
    lock.lock();
    try {
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      helper = null;
      helperNumber = 0;
    } finally {
      lock.unlock();
    }
  }

  /// Ends the help; nothing uses the mount for it after that.
  @Override
  public void close() {
    Thread helping;
    lock.lock();
    try {
      closed = true;
      helping = helper;
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (helping != null && helping.isAlive()) {
      try {
        helping.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
