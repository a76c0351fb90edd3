package dev.sway.formats.index;

import java.lang.foreign.MemorySegment;

/// Takes entries of a directory, for readdir.
@FunctionalInterface
public interface DirentVisitor {
  /// Takes one entry, or leaves it where there is no room.
  ///
  /// @param name its bytes, read-only and valid during the call only
  /// @param inode its number
  /// @param mode of the inode
  /// @param next the position behind it: reading goes on there
  /// @return whether to go on
  boolean entry(MemorySegment name, long inode, int mode, long next);
}
