package dev.sway.formats.index;

import dev.sway.formats.failure.CorruptException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The extent record of one file, in place: valid as long as the transaction that it comes from.
final class ExtentTable {
  private final IndexRecords records;
  private final long inode;
  private final ByteBuffer table;

  /// @throws CorruptException where the record has a part of an extent
  ExtentTable(IndexRecords records, long inode, ByteBuffer table) throws CorruptException {
    this.records = records;
    this.inode = inode;
    // LMDB-Java uses its own buffer again for the next value.
    this.table = table.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (table.remaining() == 0 || table.remaining() % IndexFormat.EXTENT_BYTES != 0) {
      throw records.corrupt("extent", inode, "has " + table.remaining() + " bytes");
    }
  }

  int count() {
    return table.limit() / IndexFormat.EXTENT_BYTES;
  }

  long fileOffset(int at) {
    return table.getLong(at * IndexFormat.EXTENT_BYTES);
  }

  int chunk(int at) {
    return table.getInt(at * IndexFormat.EXTENT_BYTES + 8);
  }

  int chunkOffset(int at) {
    return table.getInt(at * IndexFormat.EXTENT_BYTES + 12);
  }

  int length(int at) {
    return table.getInt(at * IndexFormat.EXTENT_BYTES + 16);
  }

  private int lastField(int at) {
    return table.getInt(at * IndexFormat.EXTENT_BYTES + 20);
  }

  Extent extent(int at) {
    return new Extent(fileOffset(at), chunk(at), chunkOffset(at), length(at));
  }

  /// What is said of an extent that cannot be.
  CorruptException impossible(int at) {
    return records.corrupt("extent", inode, "is impossible: " + extent(at));
  }

  /// The first extent that ends after `offset`, by bisection; [#count] where none does.
  int firstTouching(long offset) {
    int low = 0;
    int high = count();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (fileOffset(middle) + length(middle) <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Where data begins from `offset` on; `Long.MAX_VALUE` where there is none.
  long dataFrom(long offset) {
    int first = firstTouching(offset);
    return first == count() ? Long.MAX_VALUE : Math.max(offset, fileOffset(first));
  }

  /// Where a hole begins from `offset` on; extents without one between them are one run of data.
  long holeFrom(long offset) {
    long end = offset;
    for (int i = firstTouching(offset); i < count() && fileOffset(i) <= end; i++) {
      end = Math.max(end, fileOffset(i) + length(i));
    }
    return end;
  }

  /// Those that touch `offset..offset+length`, in order.
  List<Extent> touching(long offset, long length) throws CorruptException {
    List<Extent> found = new ArrayList<>(2);
    for (int i = firstTouching(offset); i < count(); i++) {
      Extent extent = extent(i);
      if (extent.fileOffset() - offset >= length) {
        break;
      }
      if (extent.length() < 1 || extent.chunkOffset() < 0 || extent.fileOffset() < 0) {
        throw impossible(i);
      }
      found.add(extent);
    }
    return found;
  }

  /// How many bytes of the file they are.
  long data() {
    long data = 0;
    for (int i = 0; i < count(); i++) {
      data += length(i);
    }
    return data;
  }

  /// All, believed as they are.
  List<Extent> all() throws CorruptException {
    List<Extent> extents = new ArrayList<>(count());
    for (int i = 0; i < count(); i++) {
      extents.add(extent(i));
      if (lastField(i) != 0) {
        throw records.corrupt("extent", inode, "has a last field that is not zero");
      }
    }
    return extents;
  }
}
