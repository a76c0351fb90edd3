package dev.sway.lazyfsd.walk;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.trace.Operation;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.Served;
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
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Sees when a process walks a tree of one mount, and lists the tree's directories meanwhile, from
/// the other end on. A walk asks for one directory after the other, and most of what it waits for
/// is the kernel taking the entries in; that goes on two processors then, and the walk finds its
/// second half in the kernel's memory.
///
/// One walk of a mount is helped at a time, and of all mounts no more than leave a processor to
/// others. Where the walk makes a pause, or is slow, the help ends, so that a process that has seen
/// enough costs nothing. Thread-safe.
public final class Walks implements AccessSink, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Walks.class.getName());

  /// Directories after which it is looked whether they are a walk's.
  static final int ENOUGH = 24;

  /// A walk that asks for nothing as long as this has ended, or has all it needs.
  private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /// How many directories the help may be ahead of the walk: so many, and so many times as many as
  /// the walk has listed. On another processor it is about as quick.
  private static final long LEAD = 256;

  private static final long LEAD_TIMES = 4;

  /// Directories of one walk that are remembered.
  private static final int MOST_LISTED = 1 << 18;

  /// A walk and its help on one processor would do the same work.
  private static final Semaphore HELPERS =
      new Semaphore(Runtime.getRuntime().availableProcessors() - 1);

  private final ImageView view;
  private final Path point;
  private final IntPredicate own;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong helped = new AtomicLong();
  private @Nullable Walk current;
  private @Nullable Thread helper;
  private boolean closed;

  /// What one thread lists; guarded by the lock, but for `seen`.
  private static final class Walk {
    final int thread;
    final Set<Long> listed = new HashSet<>();
    final List<Long> latest = new ArrayList<>();
    int look = ENOUGH;
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
    this(view, point, thread -> Files.exists(Path.of("/proc/self/task", Integer.toString(thread))));
  }

  /// @param own whether a thread is one of this process, which brings ahead what others will walk
  Walks(ImageView view, Path point, IntPredicate own) {
    this.view = view;
    this.point = point;
    this.own = own;
  }

  @Override
  public void served(Served request) {
    if (request.operation() == Operation.READDIR && !request.failed()) {
      listed(request.inode(), request.thread(), request.end());
    }
  }

  /// How many directories were listed ahead of walks.
  public long helped() {
    return helped.get();
  }

  private void listed(long inode, int thread, long now) {
    lock.lock();
    try {
      Walk walk = current;
      if (walk == null || walk.isSilent(now)) {
        if (helper != null || own.test(thread)) {
          return;
        }
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
        if (walk.listed.size() >= walk.look && helper == null && !closed) {
          help(walk);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// To be called with the lock.
  private void help(Walk walk) {
    // What is no walk so far may become one.
    walk.look = 4 * walk.listed.size();
    if (!HELPERS.tryAcquire()) {
      return;
    }
    List<Long> latest = List.copyOf(walk.latest);
    try {
      helper =
          Thread.ofPlatform()
              // So that it counts as what is brought ahead, and not as what a run asks for.
              .name(RunRecording.AHEAD + "-walk")
              .daemon()
              .start(() -> follow(walk, latest));
    } catch (OutOfMemoryError e) {
      HELPERS.release();
      LOG.log(System.Logger.Level.DEBUG, "no thread for a walk: {0}", e.getMessage());
    }
  }

  private void follow(Walk walk, List<Long> latest) {
    try {
      Optional<List<ByteName>> top = new WalkOrder(view).top(latest, () -> !isOver(walk));
      if (top.isPresent()) {
        try (DirectoryScan scan = DirectoryScan.of(point)) {
          long listed =
              new ReverseListing(scan, inode -> isListed(walk, inode), done -> goesOn(walk, done))
                  .list(top.get());
          helped.addAndGet(listed);
        }
      }
    } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError e) {
      // The walk goes on alone.
      LOG.log(System.Logger.Level.DEBUG, "a walk is not helped along: {0}", e.toString());
    } finally {
      HELPERS.release();
      lock.lock();
      try {
        helper = null;
      } finally {
        lock.unlock();
      }
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

  private boolean isOver(Walk walk) {
    if (walk.isSilent(System.nanoTime())) {
      return true;
    }
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private boolean goesOn(Walk walk, long done) {
    if (isOver(walk)) {
      return false;
    }
    lock.lock();
    try {
      return done < LEAD + LEAD_TIMES * walk.listed.size();
    } finally {
      lock.unlock();
    }
  }

  /// Forgets what is over.
  public void trim() {
    lock.lock();
    try {
      Walk walk = current;
      if (walk != null && helper == null && walk.isSilent(System.nanoTime())) {
        current = null;
      }
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
