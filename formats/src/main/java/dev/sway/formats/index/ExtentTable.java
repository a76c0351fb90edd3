package dev.sway.formats.index;

import dev.sway.formats.failure.CorruptException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The extent record of one file, in place: valid as long as its buffer.
final class ExtentTable {
  private final IndexRecords records;
  private final long inode;
  private final ByteBuffer table;

  /// @throws CorruptException where the record has a part of an extent
  ExtentTable(IndexRecords records, long inode, ByteBuffer table) throws CorruptException {
    this.records = records;
    this.inode = inode;
    this.table = table;
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
