package dev.sway.lazyfsd.source;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;

/// Native memory for ranges on their way, used again: to allocate and clear a hundred kilobytes
/// takes longer than to receive them on a loopback. Thread-safe.
final class BufferPool {
  /// What is kept at most while nobody needs it.
  static final long MAX_IDLE_BYTES = 16 << 20;

  private static final int SMALLEST_BITS = 16;
  private static final int LARGEST_BITS = 22;

  private final Deque<MemorySegment>[] idle;
  private final AtomicLong idleBytes = new AtomicLong();

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  BufferPool() {
    idle = new Deque[LARGEST_BITS - SMALLEST_BITS + 1];
    for (int i = 0; i < idle.length; i++) {
      idle[i] = new ConcurrentLinkedDeque<>();
    }
  }

  /// At least `length` bytes with any content.
  MemorySegment take(int length) {
    int bits = Math.max(SMALLEST_BITS, Integer.SIZE - Integer.numberOfLeadingZeros(length - 1));
    if (bits > LARGEST_BITS) {
      return Arena.ofAuto().allocate(length);
    }
    MemorySegment known = idle[bits - SMALLEST_BITS].pollFirst();
    if (known == null) {
      return Arena.ofAuto().allocate(1L << bits);
    }
    idleBytes.addAndGet(-known.byteSize());
    return known;
  }

  /// Leaves all that nobody uses to the collector.
  void trim() {
    for (Deque<MemorySegment> size : idle) {
      for (MemorySegment buffer = size.pollFirst(); buffer != null; buffer = size.pollFirst()) {
        idleBytes.addAndGet(-buffer.byteSize());
      }
    }
  }

  /// Takes back what [#take] gave and nobody uses any more.
  void give(MemorySegment buffer) {
    long size = buffer.byteSize();
    int bits = Long.SIZE - 1 - Long.numberOfLeadingZeros(size);
    if (Long.bitCount(size) != 1 || bits < SMALLEST_BITS || bits > LARGEST_BITS) {
      return;
    }
    if (idleBytes.addAndGet(size) > MAX_IDLE_BYTES) {
      idleBytes.addAndGet(-size);
    } else {
      idle[bits - SMALLEST_BITS].addFirst(buffer);
    }
  }
}
