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
  /// The disk is not asked for less: what this process adds it knows itself.
  private static final long MIN_ADDED = 256 << 10;

  private final CacheFolder folder;
  private final CacheLimits limits;
  private final ReentrantLock measuring = new ReentrantLock();

  /// What was kept since the disk was asked.
  private final AtomicLong added = new AtomicLong();

  /// What was admitted, and may or may not be on the disk yet. No question to the disk changes
  /// that.
  private final AtomicLong pending = new AtomicLong();

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
      // What is kept meanwhile counts twice until the next time: on the safe side.
      long before = added.get();
      Measure now = ask();
      measure = now;
      added.addAndGet(-before);
      return now;
    } finally {
      measuring.unlock();
    }
  }

  /// Whether `length` bytes more may be kept. They then count until they are said to be [#kept] or
  /// [#refused], one of which must follow.
  boolean admits(int length) throws IOException {
    // Several processes add, and each knows of the others' only what the disk says.
    if (added.get() >= Math.max(MIN_ADDED, smallerSlack() / 4) && measuring.tryLock()) {
      try {
        measure();
      } finally {
        measuring.unlock();
      }
    }
    long rounded = rounded(length);
    pending.addAndGet(rounded);
    if (!hasRoom(0)) {
      pending.addAndGet(-rounded);
      return false;
    }
    return true;
  }

  /// `length` bytes that were admitted are on the disk.
  void kept(int length) {
    added.addAndGet(rounded(length));
    pending.addAndGet(-rounded(length));
  }

  /// How far the limits may be exceeded: that of them that allows less.
  long smallerSlack() {
    return Math.min(limits.slack(), limits.freeSlack(measure.total()));
  }

  /// `length` bytes that were admitted could not be kept.
  void refused(int length) {
    pending.addAndGet(-rounded(length));
  }

  private static long rounded(int length) {
    return (length / CacheFolder.BLOCK + 1) * CacheFolder.BLOCK;
  }

  /// Whether `bytes` more would be kept as things are.
  boolean hasRoom(long bytes) {
    Measure now = measure;
    long since = since() + bytes;
    return tooMany(now, since) <= limits.slack()
        && tooFull(now, since) <= limits.freeSlack(now.total());
  }

  /// By how many bytes the cache exceeds its limits; 0 or less where it does not.
  long excess() {
    Measure now = measure;
    long since = since();
    return Math.max(tooMany(now, since), tooFull(now, since));
  }

  /// What the disk did not know of when it was asked.
  private long since() {
    return added.get() + pending.get();
  }

  /// By how many bytes the cache is larger than it may be.
  private long tooMany(Measure now, long since) {
    return now.allocated() + since - limits.maxBytes();
  }

  /// How many bytes more would have to be free. Where none have to, the disk itself says when it is
  /// full.
  private long tooFull(Measure now, long since) {
    return limits.minFree() == 0 || now.total() == 0
        ? Long.MIN_VALUE
        : limits.reserve(now.total()) - (now.usable() - since);
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
    long since = since();
    long many = tooMany(now, since);
    long free = tooFull(now, since);
    return Math.max(
        many > 0 ? many + limits.slack() / 2 : full ? smallerSlack() / 2 : 0,
        free > 0 ? free + limits.freeSlack(now.total()) / 2 : 0);
  }
}
