package dev.sway.lazyfsd.chunk;

import dev.sway.formats.id.ContentId;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A place for one decoded chunk, with address space for the largest. It is hidden, while it is
/// free or filled by one thread, or it shows its chunk to any number of readers, who pin it
/// meanwhile. Thread-safe, as far as its owner [DecodedChunks] keeps to that.
final class Slot {
  /// In place of a number of readers.
  private static final int HIDDEN = -1;

  private final long offset;
  private final MemorySegment space;
  private final AtomicInteger pins = new AtomicInteger(HIDDEN);
  private volatile @Nullable ContentId chunk;
  private volatile int length;
  private volatile boolean recent;
  private volatile boolean young;

  /// Guarded by the owner's lock.
  private long resident;

  /// For who has it to itself.
  private long populated;

  /// @param offset of its address space in the owner's
  Slot(long offset, MemorySegment space) {
    this.offset = offset;
    this.space = space;
  }

  long offset() {
    return offset;
  }

  /// How many bytes from the beginning on may have memory behind them.
  long resident() {
    return resident;
  }

  void resident(long bytes) {
    resident = bytes;
  }

  /// For how many of these bytes memory was asked for ahead.
  long populated() {
    return populated;
  }

  void populated(long bytes) {
    populated = bytes;
  }

  /// What is to be filled with a chunk of so many bytes, by who has the slot to itself.
  MemorySegment filling(int bytes) {
    length = bytes;
    return space.asSlice(0, bytes);
  }

  /// Shows what was filled in, pinned by the calling thread.
  void show(ContentId id) {
    chunk = id;
    recent = false;
    young = true;
    pins.set(1);
  }

  /// Pins the slot, unless it is hidden. What it shows is to be looked at then.
  boolean pin() {
    int now = pins.get();
    while (now != HIDDEN) {
      int seen = pins.compareAndExchange(now, now + 1);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /// Gives a pin back; answers whether it was the last one.
  boolean unpin() {
    return pins.decrementAndGet() == 0;
  }

  /// Whether it shows this chunk, for who has a pin.
  boolean shows(ContentId id) {
    return id.equals(chunk);
  }

  /// It is read once more.
  void use() {
    // Most readers come soon after one another: do not take the cache line from each other.
    if (!recent) {
      recent = true;
    }
  }

  /// Copies content from `from` on until `target` is full, for who has a pin.
  void copy(long from, MemorySegment target) {
    if (from < 0 || target.byteSize() > length - from) {
      throw new IndexOutOfBoundsException("%d+%d of %d".formatted(from, target.byteSize(), length));
    }
    MemorySegment.copy(space, from, target, 0, target.byteSize());
  }

  /// Whether it was used since this was last asked.
  boolean takeRecent() {
    boolean was = recent;
    recent = false;
    return was;
  }

  /// Whether it was filled since this was last asked.
  boolean takeYoung() {
    boolean was = young;
    young = false;
    return was;
  }

  /// Hides it where nobody reads it; answers the chunk that it showed, or null where it is read or
  /// hidden already.
  @Nullable ContentId hide() {
    return pins.compareAndSet(0, HIDDEN) ? chunk : null;
  }
}
