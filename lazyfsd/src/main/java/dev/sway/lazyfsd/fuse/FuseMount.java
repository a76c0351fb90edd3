package dev.sway.lazyfsd.fuse;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// A file system that is mounted and served. Thread-safe.
public interface FuseMount extends AutoCloseable {
  /// The descriptors that keep it alive as long as any process has them open, so that another
  /// process can go on serving it with [FuseTransport#resume]; empty where none can. They stay this
  /// mount's.
  default List<Integer> descriptors() {
    return List.of();
  }

  /// Where it is mounted.
  Path point();

  /// Whether [#store] can do anything.
  default boolean stores() {
    return false;
  }

  /// Puts content of a file into the kernel's page cache, ahead of whoever reads it. The kernel
  /// must know the inode: somebody has looked it up. May wait for reads of the same pages that are
  /// under way.
  ///
  /// @param offset a multiple of 4096
  /// @param content native memory; the end of the file, or a multiple of 4096 bytes
  /// @return whether the kernel has taken it; false also where it does not know the inode
  default boolean store(long inode, long offset, MemorySegment content) {
    return false;
  }

  /// Has the kernel read so far ahead of whoever opens a file from now on; it begins with `LARGE`.
  /// Where a transport cannot tell the kernel, nothing happens.
  default void readAhead(ReadAheadSize size) {}

  /// Asks nothing of the mount, and gives it nothing unasked, from the time on when this has
  /// returned. It is served all the same.
  default void beQuiet() {}

  /// Does without what only many requests at once need, until there are some. Not to be called by a
  /// thread that serves this mount.
  default void trim() {}

  /// Unmounts and waits until no request is served any more. Readers that are still there get
  /// errors.
  @Override
  void close();
}
