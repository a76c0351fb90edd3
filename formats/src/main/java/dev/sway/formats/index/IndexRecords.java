package dev.sway.formats.index;

import dev.sway.formats.failure.CorruptException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Reads the records of an index, and believes none of another length than it has. Immutable.
///
/// @param name of the index, for errors
record IndexRecords(String name) {
  /// The attributes of inode `number` in its record.
  InodeRecord inode(long number, ByteBuffer value) throws CorruptException {
    if (value.remaining() < IndexFormat.INODE_BYTES) {
      throw corrupt(
          "inode",
          number,
          "has " + value.remaining() + " bytes, fewer than " + IndexFormat.INODE_BYTES);
    }
    return new InodeRecord(
        number,
        value.getInt(),
        value.getInt(),
        value.getInt(),
        value.getInt(),
        value.getLong(),
        value.getLong(),
        value.getInt(),
        value.getInt(),
        value.getInt(),
        (value.getInt() & IndexFormat.HAS_XATTRS) != 0);
  }

  /// An entry of `directory`: inode, then mode.
  ByteBuffer dirent(long directory, ByteBuffer value) throws CorruptException {
    return sized(
        value.order(ByteOrder.LITTLE_ENDIAN), IndexFormat.DIRENT_BYTES, "dirent", directory);
  }

  /// `value`, which must have `expected` bytes.
  ByteBuffer sized(ByteBuffer value, int expected, String record, long of) throws CorruptException {
    if (value.remaining() != expected) {
      throw corrupt(record, of, "has " + value.remaining() + " bytes, not " + expected);
    }
    return value;
  }

  /// What is said where the `record` record of `of` cannot be believed.
  CorruptException corrupt(String record, long of, String detail) {
    return new CorruptException(name, "the " + record + " record of " + of + " " + detail);
  }
}
