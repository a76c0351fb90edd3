package dev.sway.formats.index;

import java.lang.foreign.MemorySegment;

/// Takes entries of a directory with their attributes, for readdir-plus.
@FunctionalInterface
public interface DirentPlusVisitor {
  /// Takes one entry, or leaves it where there is no room.
  ///
  /// @param name its bytes, read-only and valid during the call only
  /// @param inode its attributes
  /// @param next the position behind it: reading goes on there
  /// @return whether to go on
  boolean entry(MemorySegment name, InodeRecord inode, long next);
}
