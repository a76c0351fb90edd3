package dev.sway.lazyfsd.cache;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// How much room a cache takes and has. What counts is what the disk says, asked from time to time;
/// in between, what this process has added since. Thread-safe.
final class CacheSpace {
  private final CacheFolder folder;
  private final CacheLimits limits;
  private final ReentrantLock measuring = new ReentrantLock();
  private final AtomicLong added = new AtomicLong();
  private final AtomicBoolean ranOut = new AtomicBoolean();
  private volatile Measure measure;

  /// What the disk says.
  ///
  /// @param allocated bytes that the cache takes
  /// @param usable bytes that are free on its file system
  /// @param total bytes of its file system
  record Measure(long allocated, long usable, long total) {}

  CacheSpace(CacheFolder folder, CacheLimits limits) throws IOException {
    this.folder = folder;
    this.limits = limits;
    this.measure = ask();
  }

  private Measure ask() throws IOException {
    FileStore store = Files.getFileStore(folder.path());
    return new Measure(folder.allocated(), store.getUsableSpace(), store.getTotalSpace());
  }

  /// Asks the disk.
  Measure measure() throws IOException {
    measuring.lock();
    try {
      // What is added meanwhile counts twice until the next time: on the safe side.
      long before = added.get();
      Measure now = ask();
      measure = now;
      added.addAndGet(-before);
      return now;
    } finally {
      measuring.unlock();
    }
  }

  /// Whether `length` bytes more may be kept; they then count.
  boolean admits(int length) throws IOException {
    long rounded = rounded(length);
    // Several processes add, and each knows of the others' only what the disk says.
    if (added.get() >= smallerSlack() / 4 && measuring.tryLock()) {
      try {
        measure();
      } finally {
        measuring.unlock();
      }
    }
    if (!hasRoom(rounded)) {
      return false;
    }
    added.addAndGet(rounded);
    return true;
  }

  /// That of the limits that allows less.
  private long smallerSlack() {
    return Math.min(limits.slack(), limits.freeSlack(measure.total()));
  }

  /// `length` bytes that were admitted could not be kept.
  void refused(int length) {
    // They may have been measured away meanwhile.
    added.updateAndGet(since -> Math.max(0, since - rounded(length)));
  }

  private static long rounded(int length) {
    return (length / CacheFolder.BLOCK + 1) * CacheFolder.BLOCK;
  }

  /// Whether `bytes` more would be kept as things are.
  boolean hasRoom(long bytes) {
    Measure now = measure;
    long since = added.get() + bytes;
    return tooMany(now, since) <= limits.slack()
        && tooFull(now, since) <= limits.freeSlack(now.total());
  }

  /// By how many bytes the cache exceeds its limits; 0 or less where it does not.
  long excess() {
    Measure now = measure;
    long since = added.get();
    return Math.max(tooMany(now, since), tooFull(now, since));
  }

  /// By how many bytes the cache is larger than it may be.
  private long tooMany(Measure now, long since) {
    return now.allocated() + since - limits.maxBytes();
  }

  /// How many bytes more would have to be free. Where none have to, the disk itself says when it is
  /// full.
  private long tooFull(Measure now, long since) {
    if (limits.minFree() == 0) {
      return Long.MIN_VALUE;
    }
    return limits.reserve(now.total()) - (now.usable() - since);
  }

  /// The disk is full, whatever the limits say.
  void ranOut() {
    ranOut.set(true);
  }

  /// Whether the disk was full since this was asked last. If it still is, the next frame says so:
  /// others may have made room meanwhile.
  boolean takeRanOut() {
    return ranOut.getAndSet(false);
  }

  /// What eviction should free: nothing as long as the limits are kept and the disk is not full;
  /// else more than must be, so that it does not begin again with the next frame.
  ///
  /// @param full whether the disk is
  long surplus(boolean full) {
    Measure now = measure;
    long since = added.get();
    long many = tooMany(now, since);
    long free = tooFull(now, since);
    return Math.max(
        many > 0 || full ? Math.max(0, many) + limits.slack() / 2 : 0,
        free > 0 ? free + limits.freeSlack(now.total()) / 2 : 0);
  }
}
