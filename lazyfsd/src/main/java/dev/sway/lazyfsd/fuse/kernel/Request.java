package dev.sway.lazyfsd.fuse.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A request as it was read from `/dev/fuse`. For one thread; a loop reuses one for all its
/// requests.
final class Request {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final MemorySegment buffer;
  private int length;

  /// @param buffer that requests are read into, aligned to 8 bytes
  Request(MemorySegment buffer) {
    this.buffer = buffer;
  }

  MemorySegment buffer() {
    return buffer;
  }

  /// Takes a message of `count` bytes; answers whether it is one.
  boolean accept(int count) {
    length = count;
    return count >= FuseProtocol.IN_HEADER && buffer.get(INT, FuseProtocol.IN_LENGTH) == count;
  }

  int opcode() {
    return buffer.get(INT, FuseProtocol.IN_OPCODE);
  }

  long unique() {
    return buffer.get(LONG, FuseProtocol.IN_UNIQUE);
  }

  /// The inode that it is about.
  long node() {
    return buffer.get(LONG, FuseProtocol.IN_NODE);
  }

  /// The process that asks; 0 where the kernel asks for itself.
  int process() {
    return buffer.get(INT, FuseProtocol.IN_PID);
  }

  /// Whether it has at least `bytes` bytes of arguments.
  boolean has(int bytes) {
    return length - FuseProtocol.IN_HEADER >= bytes;
  }

  int int32(int at) {
    return buffer.get(INT, FuseProtocol.IN_HEADER + at);
  }

  long int64(int at) {
    return buffer.get(LONG, FuseProtocol.IN_HEADER + at);
  }

  /// The name that begins `at` bytes into the arguments and goes on to their last byte, a NUL.
  MemorySegment name(int at) {
    long start = FuseProtocol.IN_HEADER + (long) at;
    return buffer.asSlice(start, Math.max(0, length - 1 - start));
  }
}
