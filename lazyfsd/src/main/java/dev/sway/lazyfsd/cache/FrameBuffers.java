package dev.sway.lazyfsd.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// Native memory for frames on their way to and from the disk, used again and again. Thread-safe.
final class FrameBuffers {
  /// Larger than nearly every frame; memory of the few greater ones is not used again.
  private static final int BUFFER_BYTES = 1 << 20;

  private static final int IDLE = 8;

  private final BlockingQueue<MemorySegment> idle = new ArrayBlockingQueue<>(IDLE);

  /// Memory that is its holder's until it is closed.
  final class Buffer implements AutoCloseable {
    private final @Nullable MemorySegment pooled;
    private final MemorySegment bytes;

    private Buffer(@Nullable MemorySegment pooled, MemorySegment bytes) {
      this.pooled = pooled;
      this.bytes = bytes;
    }

    /// As long as was asked for, with arbitrary content.
    MemorySegment bytes() {
      return bytes;
    }

    @Override
    public void close() {
      if (pooled != null) {
        // Where enough are idle already, the collector takes it.
        boolean _ = idle.offer(pooled);
      }
    }
  }

  /// Memory of `length` bytes.
  Buffer take(int length) {
    if (length > BUFFER_BYTES) {
      return new Buffer(null, Arena.ofAuto().allocate(length));
    }
    MemorySegment pooled = idle.poll();
    if (pooled == null) {
      pooled = Arena.ofAuto().allocate(BUFFER_BYTES);
    }
    return new Buffer(pooled, pooled.asSlice(0, length));
  }

  /// Leaves the memory that nobody uses to the collector.
  void trim() {
    idle.clear();
  }

  /// Whether `frame` begins with zeros, as a hole does and no zstd frame.
  static boolean isHole(MemorySegment frame) {
    for (long at = 0; at < Math.min(Integer.BYTES, frame.byteSize()); at++) {
      if (frame.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at) != 0) {
        return false;
      }
    }
    return true;
  }
}
