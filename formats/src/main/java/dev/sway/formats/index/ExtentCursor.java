package dev.sway.formats.index;

import dev.sway.formats.failure.CorruptException;
import org.jspecify.annotations.Nullable;

/// Goes through the extents of one file in place, without an object for each.
///
/// Belongs to the session that hands it out, and shows that file until the session is asked for
/// another one's. For one thread at a time.
public final class ExtentCursor {
  private boolean shown;
  private long inode;
  private long size;
  private @Nullable ExtentTable table;
  private int at;

  ExtentCursor() {}

  /// Whether it shows this file.
  boolean shows(long wanted) {
    return shown && inode == wanted;
  }

  /// Shows another file, at none of its extents.
  ///
  /// @param extents null for a file without any
  void show(long newInode, long newSize, @Nullable ExtentTable extents) {
    shown = true;
    inode = newInode;
    size = newSize;
    table = extents;
    at = Integer.MAX_VALUE;
  }

  /// The file's `st_size`.
  public long size() {
    return size;
  }

  /// Moves to the extent that has the byte at `offset`, or to the first one behind it; answers
  /// whether there is any.
  ///
  /// @throws CorruptException where that extent is impossible
  public boolean seek(long offset) throws CorruptException {
    if (table == null) {
      return false;
    }
    at = table.firstTouching(offset);
    return isPossible(table, offset);
  }

  /// Moves to the next extent; answers whether there is any.
  ///
  /// @throws CorruptException where that extent is impossible
  public boolean next() throws CorruptException {
    ExtentTable extents = table();
    long end = fileEnd();
    at++;
    if (!isPossible(extents, end)) {
      return false;
    }
    if (fileOffset() < end) {
      throw extents.impossible(at);
    }
    return true;
  }

  /// Of its first byte in the file.
  public long fileOffset() {
    return table().fileOffset(at);
  }

  /// Behind its last byte in the file.
  public long fileEnd() {
    return fileOffset() + length();
  }

  /// Ordinal of the chunk.
  public int chunk() {
    return table().chunk(at);
  }

  /// Of its first byte in the chunk's content.
  public int chunkOffset() {
    return table().chunkOffset(at);
  }

  /// Where byte `offset` of the file is in the chunk's content; where the extent begins or ends,
  /// for what lies before or behind it.
  public int inChunk(long offset) {
    long from = fileOffset();
    return chunkOffset() + (int) (Math.clamp(offset, from, fileEnd()) - from);
  }

  /// In bytes, at least 1.
  public int length() {
    return table().length(at);
  }

  private ExtentTable table() {
    if (table == null) {
      throw new IllegalStateException("there is no extent");
    }
    return table;
  }

  /// Whether there is an extent, which then is one. What lies behind the file's end is no
  /// corruption as long as nobody needs it.
  private boolean isPossible(ExtentTable extents, long from) throws CorruptException {
    if (at >= extents.count()) {
      return false;
    }
    long offset = extents.fileOffset(at);
    if (extents.length(at) < 1
        || extents.chunkOffset(at) < 0
        || offset < 0
        || (offset < size && (offset > size - extents.length(at) || fileEnd() <= from))) {
      throw extents.impossible(at);
    }
    return true;
  }
}
