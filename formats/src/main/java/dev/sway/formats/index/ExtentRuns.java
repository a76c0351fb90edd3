package dev.sway.formats.index;

import java.nio.ByteBuffer;

/// Where a file has data and where holes, from its extent table as it is recorded: extents in the
/// order of the file, and zeros between them.
final class ExtentRuns {
  private ExtentRuns() {}

  /// Where data begins from `offset` on; `Long.MAX_VALUE` where there is none.
  static long dataFrom(ByteBuffer table, long offset) {
    int count = table.remaining() / IndexFormat.EXTENT_BYTES;
    int first = firstTouching(table, count, offset);
    return first == count ? Long.MAX_VALUE : Math.max(offset, begin(table, first));
  }

  /// Where a hole begins from `offset` on; extents without one between them are one run of data.
  static long holeFrom(ByteBuffer table, long offset) {
    int count = table.remaining() / IndexFormat.EXTENT_BYTES;
    long end = offset;
    for (int i = firstTouching(table, count, offset); i < count && begin(table, i) <= end; i++) {
      end = Math.max(end, end(table, i));
    }
    return end;
  }

  /// The first extent that ends after `offset`, by bisection; `count` where none does.
  static int firstTouching(ByteBuffer table, int count, long offset) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (end(table, middle) <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long begin(ByteBuffer table, int extent) {
    return table.getLong(extent * IndexFormat.EXTENT_BYTES);
  }

  private static long end(ByteBuffer table, int extent) {
    return begin(table, extent) + table.getInt(extent * IndexFormat.EXTENT_BYTES + 16);
  }
}
