package dev.sway.lazyfsd.fuse.kernel;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The READs of a mount that are being answered. The kernel has their pages locked until they are,
/// and whoever stores into these waits for that in the kernel, where not even a kill ends it: a
/// server that was killed so would wait for the answer of the next one. So who stores waits here
/// before. Thread-safe.
///
/// What the kernel has not handed out yet does not show: microseconds, unless more is asked for
/// than this server takes at once, or than the kernel hands out (`max_background`).
final class ReadsUnderWay {
  private final List<Station> stations = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final AtomicInteger waiting = new AtomicInteger();

  /// What one thread is answering; that thread's, but for being looked at.
  final class Station implements AutoCloseable {
    private long inode;
    private long from;
    private long to;
    private volatile boolean reading;

    /// A READ was handed to this thread.
    void begin(long readInode, long offset, int length) {
      inode = readInode;
      from = offset;
      to = offset + length;
      reading = true;
    }

    /// It is answered. Does nothing where there was none.
    void end() {
      if (reading) {
        reading = false;
        if (waiting.get() > 0) {
          signal();
        }
      }
    }

    private boolean touches(long storedInode, long offset, long end) {
      return reading && inode == storedInode && from < end && offset < to;
    }

    @Override
    public void close() {
      stations.remove(this);
      end();
    }
  }

  /// A further thread answers requests, until it closes this.
  Station station() {
    Station station = new Station();
    stations.add(station);
    return station;
  }

  private void signal() {
    lock.lock();
    try {
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until no READ of a part of a file is being answered, at most `nanos`; answers whether
  /// that is so. Not for threads that answer.
  boolean awaitNone(long inode, long offset, long length, long nanos) throws InterruptedException {
    if (!any(inode, offset, length)) {
      return true;
    }
    lock.lock();
    try {
      waiting.incrementAndGet();
      try {
        long rest = nanos;
        while (rest > 0 && any(inode, offset, length)) {
          rest = ended.awaitNanos(rest);
        }
        return rest > 0;
      } finally {
        waiting.decrementAndGet();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Whether a READ of a part of a file is being answered.
  boolean any(long inode, long offset, long length) {
    for (Station station : stations) {
      if (station.touches(inode, offset, offset + length)) {
        return true;
      }
    }
    return false;
  }
}
