package dev.sway.lazyfsd.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;

/// Texts of any bytes as C has them.
final class CString {
  private CString() {}

  /// `bytes`, which have no NUL, and one NUL behind them.
  static MemorySegment of(byte[] bytes, SegmentAllocator memory) {
    MemorySegment text = memory.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, text, ValueLayout.JAVA_BYTE, 0, bytes.length);
    text.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    return text;
  }
}
