package dev.sway.formats.tar;

import dev.sway.formats.id.ByteName;
import java.util.SortedMap;

/// One entry of a tar archive, with everything its extension headers said.
///
/// @param path the name as it stands in the archive, unchecked
/// @param type one of the characters below, as in the archive
/// @param mode permission bits, 0 to 07777
/// @param uid owner
/// @param gid group
/// @param size of the content in bytes, as it is stored in the archive
/// @param data where in a regular file that content belongs; together as long as `size`
/// @param mtimeSeconds modification time, seconds since 1970, possibly negative
/// @param mtimeNanos nanoseconds after that, 0 to 999,999,999
/// @param linkPath where a link points to, unchecked; empty for others
/// @param deviceMajor of a device
/// @param deviceMinor of a device
/// @param xattrs extended attributes by name; the values must not be changed
/// @param contentOffset where the content begins, in bytes from the start of the archive
public record TarHeader(
    ByteName path,
    char type,
    int mode,
    int uid,
    int gid,
    long size,
    SparseMap data,
    long mtimeSeconds,
    int mtimeNanos,
    ByteName linkPath,
    int deviceMajor,
    int deviceMinor,
    SortedMap<ByteName, byte[]> xattrs,
    long contentOffset) {
  public static final char FILE = '0';
  public static final char OLD_FILE = '\0';
  public static final char HARD_LINK = '1';
  public static final char SYMLINK = '2';
  public static final char CHARACTER_DEVICE = '3';
  public static final char BLOCK_DEVICE = '4';
  public static final char DIRECTORY = '5';
  public static final char FIFO = '6';
  public static final char CONTIGUOUS_FILE = '7';

  /// Only in archives: a [TarReader] turns it into [#FILE].
  static final char GNU_SPARSE = 'S';

  /// Whether this is a regular file under any of the types that mean one.
  public boolean isFile() {
    return type == FILE || type == OLD_FILE || type == CONTIGUOUS_FILE;
  }
}
