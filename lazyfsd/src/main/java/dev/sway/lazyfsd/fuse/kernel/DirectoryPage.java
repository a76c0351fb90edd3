package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// A stretch of a directory, as READDIR and READDIRPLUS return it. For one thread.
final class DirectoryPage {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final int TYPE_SHIFT = 12;

  private final MemorySegment target;
  private final long size;
  private long end;

  /// @param size how much of `target` may be filled
  DirectoryPage(MemorySegment target, long size) {
    this.target = target;
    this.size = Math.min(size, target.byteSize());
  }

  /// How many bytes are filled.
  long end() {
    return end;
  }

  /// Adds an entry that stands for no look-up: `.` or `..`.
  ///
  /// @param plus whether the others come with attributes
  boolean addDot(String name, long inode, long next, boolean plus) {
    long head = plus ? FuseProtocol.ENTRY : 0;
    long start = end;
    MemorySegment bytes = MemorySegment.ofArray(name.getBytes(StandardCharsets.US_ASCII));
    boolean added = dirent(head, bytes, inode, FileType.DIRECTORY.bits(), next);
    if (added && plus) {
      target.asSlice(start, FuseProtocol.ENTRY).fill((byte) 0);
    }
    return added;
  }

  /// Adds an entry without attributes; answers whether there was room.
  ///
  /// @param next where to go on after it
  boolean add(MemorySegment name, long inode, int mode, long next) {
    return dirent(0, name, inode, mode, next);
  }

  /// Adds an entry with attributes; answers whether there was room.
  ///
  /// @param next where to go on after it
  boolean add(MemorySegment name, InodeRecord record, long next) {
    long start = end;
    boolean added = dirent(FuseProtocol.ENTRY, name, record.number(), record.mode(), next);
    if (added) {
      AttributeWriter.entry(target, start, record);
    }
    return added;
  }

  /// Writes what both kinds have, behind room for `head` bytes.
  private boolean dirent(long head, MemorySegment name, long inode, int mode, long next) {
    long length = head + FuseProtocol.DIRENT + ((name.byteSize() + 7) & ~7);
    if (length > size - end) {
      return false;
    }
    long at = end + head;
    target.set(LONG, at + FuseProtocol.DIRENT_INO, inode);
    target.set(LONG, at + FuseProtocol.DIRENT_OFF, next);
    target.set(INT, at + FuseProtocol.DIRENT_NAMELEN, (int) name.byteSize());
    target.set(INT, at + FuseProtocol.DIRENT_TYPE, (mode & FileType.MASK) >>> TYPE_SHIFT);
    end += length;
    // The last eight bytes first: their end are zeros, unless the name covers them.
    target.set(LONG, end - Long.BYTES, 0);
    MemorySegment.copy(name, 0, target, at + FuseProtocol.DIRENT, name.byteSize());
    return true;
  }
}
