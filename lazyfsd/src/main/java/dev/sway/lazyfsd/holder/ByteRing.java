package dev.sway.lazyfsd.holder;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A ring of native memory that grows up to a limit. Positions count all bytes ever written; their
/// place in the ring is the rest modulo its size.
///
/// Not thread-safe. [#close] is to be called once, and frees the memory.
final class ByteRing implements AutoCloseable {
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  private final long share;
  private final long most;
  private final RingBudget budget;
  private Arena arena = Arena.ofShared();
  private MemorySegment ring;

  /// @param first its size in bytes; a power of two
  /// @param share the size up to which it grows in any case; likewise
  /// @param most the size up to which it grows as long as `budget` has something; likewise
  /// @param budget gets back what was taken when this is closed
  ByteRing(long first, long share, long most, RingBudget budget) {
    this.share = share;
    this.most = most;
    this.budget = budget;
    ring = arena.allocate(first);
  }

  /// Whether `bytes` more find room behind those from `head` to `tail`, in a larger ring where need
  /// be.
  boolean room(long head, long tail, int bytes) {
    long used = tail - head;
    long size = ring.byteSize();
    while (used + bytes > size && size < most) {
      size *= 2;
    }
    long beyond = Math.max(0, size - share) - Math.max(0, ring.byteSize() - share);
    if (used + bytes > size || (beyond > 0 && !budget.take(beyond))) {
      return false;
    }
    if (size > ring.byteSize()) {
      byte[] content = new byte[(int) used];
      get(head, content);
      arena.close();
      arena = Arena.ofShared();
      ring = arena.allocate(size);
      put(head, content, content.length);
    }
    return true;
  }

  /// Writes the first `length` of `bytes`.
  void put(long position, byte[] bytes, int length) {
    int at = (int) (position & (ring.byteSize() - 1));
    int first = (int) Math.min(length, ring.byteSize() - at);
    MemorySegment.copy(bytes, 0, ring, BYTE, at, first);
    MemorySegment.copy(bytes, first, ring, BYTE, 0, length - first);
  }

  /// Fills `bytes`.
  void get(long position, byte[] bytes) {
    int at = (int) (position & (ring.byteSize() - 1));
    int first = (int) Math.min(bytes.length, ring.byteSize() - at);
    MemorySegment.copy(ring, BYTE, at, bytes, 0, first);
    MemorySegment.copy(ring, BYTE, 0, bytes, first, bytes.length - first);
  }

  /// Writes four bytes, little-endian.
  void putInt(long position, int value) {
    byte[] word = {(byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)};
    put(position, word, word.length);
  }

  /// Reads four bytes, little-endian.
  int getInt(long position) {
    byte[] word = new byte[Integer.BYTES];
    get(position, word);
    return (word[0] & 0xff)
        | (word[1] & 0xff) << 8
        | (word[2] & 0xff) << 16
        | (word[3] & 0xff) << 24;
  }

  @Override
  public void close() {
    budget.give(Math.max(0, ring.byteSize() - share));
    arena.close();
  }
}
