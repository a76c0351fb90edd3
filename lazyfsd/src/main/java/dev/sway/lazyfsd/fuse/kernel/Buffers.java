package dev.sway.lazyfsd.fuse.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/// Native buffers for large answers, of [FuseProtocol#MAX_READ] bytes, page-aligned, used again and
/// again: the last one given back is the first one taken, for the processor's cache still has it.
/// Thread-safe; shared by all mounts.
final class Buffers {
  /// How many are kept while nobody uses them.
  private static final int KEPT = 6;

  private static final int PAGE = 4096;

  private final ConcurrentLinkedDeque<Buffer> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger idleCount = new AtomicInteger();

  /// A buffer that is the caller's until [#giveBack].
  ///
  /// @param memory valid until then
  record Buffer(Arena arena, MemorySegment memory) {}

  Buffer take() {
    Buffer known = idle.pollFirst();
    if (known != null) {
      idleCount.decrementAndGet();
      return known;
    }
    Arena arena = Arena.ofShared();
    return new Buffer(arena, arena.allocate(FuseProtocol.MAX_READ, PAGE));
  }

  /// Gives the memory back that nobody uses.
  void trim() {
    for (Buffer buffer = idle.pollFirst(); buffer != null; buffer = idle.pollFirst()) {
      idleCount.decrementAndGet();
      buffer.arena().close();
    }
  }

  void giveBack(Buffer buffer) {
    if (idleCount.incrementAndGet() <= KEPT) {
      idle.addFirst(buffer);
    } else {
      idleCount.decrementAndGet();
      buffer.arena().close();
    }
  }
}
