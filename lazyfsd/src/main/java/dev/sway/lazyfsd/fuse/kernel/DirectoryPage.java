package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// A stretch of a directory, as READDIR and READDIRPLUS return it. For one thread.
final class DirectoryPage {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final int TYPE_SHIFT = 12;

  private final ImageView view;
  private final MemorySegment target;
  private final int size;
  private final boolean plus;
  private int end;

  /// @param size how much of `target` may be filled
  /// @param plus whether entries come with attributes
  DirectoryPage(ImageView view, MemorySegment target, int size, boolean plus) {
    this.view = view;
    this.target = target;
    this.size = (int) Math.min(size, target.byteSize());
    this.plus = plus;
  }

  /// How many bytes are filled.
  int end() {
    return end;
  }

  /// Adds an entry that stands for no look-up: `.` or `..`.
  boolean addDot(String name, long inode, long next) {
    return add(ByteName.of(name).bytes(), inode, FileType.DIRECTORY.bits(), next, null);
  }

  /// Adds an entry; answers whether there was room.
  ///
  /// @param next where to go on after it
  boolean add(ByteName name, long inode, int mode, long next) throws IOException {
    return add(name.bytes(), inode, mode, next, plus ? view.attributes(inode) : null);
  }

  private boolean add(byte[] name, long inode, int mode, long next, @Nullable InodeRecord record) {
    int entry = plus ? FuseProtocol.ENTRY : 0;
    int length = entry + FuseProtocol.DIRENT + ((name.length + 7) & ~7);
    if (length > size - end) {
      return false;
    }
    if (record != null) {
      AttributeWriter.entry(target, end, record);
    } else if (plus) {
      target.asSlice(end, FuseProtocol.ENTRY).fill((byte) 0);
    }
    long at = end + (long) entry;
    target.set(LONG, at + FuseProtocol.DIRENT_INO, inode);
    target.set(LONG, at + FuseProtocol.DIRENT_OFF, next);
    target.set(INT, at + FuseProtocol.DIRENT_NAMELEN, name.length);
    target.set(INT, at + FuseProtocol.DIRENT_TYPE, (mode & FileType.MASK) >>> TYPE_SHIFT);
    // The last eight bytes first: their end are zeros, unless the name covers them.
    target.set(LONG, end + length - 8L, 0);
    MemorySegment.copy(
        name, 0, target, ValueLayout.JAVA_BYTE, at + FuseProtocol.DIRENT, name.length);
    end += length;
    return true;
  }
}
