package dev.sway.formats.source;

/// What statx(2) tells of a file.
///
/// @param mode type and permissions, as `st_mode`
/// @param links as `st_nlink`
/// @param uid owner, unsigned
/// @param gid group, unsigned
/// @param size in bytes
/// @param blocks of 512 bytes that it occupies
/// @param mtimeSeconds modification time, seconds since 1970, possibly negative
/// @param mtimeNanos nanoseconds after that
/// @param deviceMajor of a device
/// @param deviceMinor of a device
/// @param identity what tells it from any other file, and from itself before it was changed
/// @param mount that it belongs to
record FileStatus(
    int mode,
    int links,
    int uid,
    int gid,
    long size,
    long blocks,
    long mtimeSeconds,
    int mtimeNanos,
    int deviceMajor,
    int deviceMinor,
    Version identity,
    Mount mount) {
  private static final int TYPE = 0170000;

  /// The inode, whatever is in it.
  ///
  /// @param device that holds the file system
  /// @param number in it
  record Inode(long device, long number) {}

  /// An inode as it is between two changes.
  ///
  /// @param inode which one
  /// @param size in bytes
  /// @param mtimeSeconds when its content changed
  /// @param mtimeNanos nanoseconds after that
  /// @param ctimeSeconds when anything of it changed
  /// @param ctimeNanos nanoseconds after that
  record Version(
      Inode inode,
      long size,
      long mtimeSeconds,
      int mtimeNanos,
      long ctimeSeconds,
      int ctimeNanos) {}

  /// A mount, by its number; by its device where the kernel (before 5.8) does not tell.
  record Mount(long device, long number) {}

  /// The type's character in a tar, `s` for a socket, `?` for what Linux does not have.
  char type() {
    return switch (mode & TYPE) {
      case 0100000 -> '0';
      case 0120000 -> '2';
      case 0020000 -> '3';
      case 0060000 -> '4';
      case 0040000 -> '5';
      case 0010000 -> '6';
      case 0140000 -> 's';
      default -> '?';
    };
  }

  int permissions() {
    return mode & 07777;
  }
}
