package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Writes inodes' attributes as the kernel wants them.
final class AttributeWriter {
  /// For how many seconds the kernel may believe what it is told: 34 years, for the image cannot
  /// change.
  static final long VALID_SECONDS = 1L << 30;

  private static final int BLOCK = 4096;

  /// Blocks are counted in units of 512 bytes, whatever the block size.
  private static final int SECTOR = 512;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private AttributeWriter() {}

  /// Writes an entry for `record` at `at`: a look-up's answer.
  static void entry(MemorySegment target, long at, InodeRecord record) {
    target.asSlice(at, FuseProtocol.ENTRY_ATTR).fill((byte) 0);
    target.set(LONG, at + FuseProtocol.ENTRY_NODE, record.number());
    target.set(LONG, at + FuseProtocol.ENTRY_VALID, VALID_SECONDS);
    target.set(LONG, at + FuseProtocol.ENTRY_ATTR_VALID, VALID_SECONDS);
    attributes(target, at + FuseProtocol.ENTRY_ATTR, record);
  }

  /// Writes the entry that says that there is none of this name, which the kernel remembers too.
  static void noEntry(MemorySegment target) {
    target.asSlice(0, FuseProtocol.ENTRY).fill((byte) 0);
    target.set(LONG, FuseProtocol.ENTRY_VALID, VALID_SECONDS);
  }

  /// Writes the attributes of `record` at `at`.
  static void attributes(MemorySegment target, long at, InodeRecord record) {
    long seconds = record.mtimeSeconds();
    int nanos = record.mtimeNanos();
    boolean regular = (record.mode() & FileType.MASK) == FileType.REGULAR.bits();
    target.set(LONG, at + FuseProtocol.ATTR_INO, record.number());
    target.set(LONG, at + FuseProtocol.ATTR_SIZE, record.size());
    target.set(
        LONG,
        at + FuseProtocol.ATTR_BLOCKS,
        regular ? Math.ceilDiv(record.size(), (long) SECTOR) : 0);
    target.set(LONG, at + FuseProtocol.ATTR_ATIME, seconds);
    target.set(LONG, at + FuseProtocol.ATTR_MTIME, seconds);
    target.set(LONG, at + FuseProtocol.ATTR_CTIME, seconds);
    target.set(INT, at + FuseProtocol.ATTR_ATIME_NANOS, nanos);
    target.set(INT, at + FuseProtocol.ATTR_MTIME_NANOS, nanos);
    target.set(INT, at + FuseProtocol.ATTR_CTIME_NANOS, nanos);
    target.set(INT, at + FuseProtocol.ATTR_MODE, record.mode());
    target.set(INT, at + FuseProtocol.ATTR_NLINK, record.links());
    target.set(INT, at + FuseProtocol.ATTR_UID, record.uid());
    target.set(INT, at + FuseProtocol.ATTR_GID, record.gid());
    target.set(INT, at + FuseProtocol.ATTR_RDEV, deviceNumber(record));
    target.set(INT, at + FuseProtocol.ATTR_BLKSIZE, BLOCK);
    target.set(INT, at + FuseProtocol.ATTR_FLAGS, 0);
  }

  /// `new_encode_dev` of the kernel: 12 bits of major and 20 of minor number, which is all that
  /// Linux has.
  private static int deviceNumber(InodeRecord record) {
    int minor = record.deviceMinor();
    return (minor & 0xff) | (record.deviceMajor() << 8) | ((minor & ~0xff) << 12);
  }
}
