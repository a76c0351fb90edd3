package dev.sway.lazyfsd.view;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.DirentPlusVisitor;
import dev.sway.formats.index.DirentVisitor;
import dev.sway.formats.index.IndexSession.EntryVisitor;
import dev.sway.formats.index.InodeRecord;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A read-only file system, by inode number. It keeps no state between calls; implementations are
/// thread-safe.
///
/// Every method may throw [IOException]; that means the index is damaged or, in [#read], that a
/// chunk cannot be had.
public interface ImageView {
  /// The inode number of the root.
  long ROOT = 1;

  /// The inode that `name` names in the directory `parent`, or 0 where there is none.
  long lookup(long parent, ByteName name) throws IOException;

  /// The same for a name in native memory or on the heap.
  default long lookup(long parent, MemorySegment name) throws IOException {
    return lookup(parent, ByteName.of(name.toArray(ValueLayout.JAVA_BYTE)));
  }

  /// The attributes of an inode, or null where there is none of this number.
  @Nullable InodeRecord attributes(long inode) throws IOException;

  /// Shows the entries of a directory, by name, without `.` and `..`, all of them or until
  /// `visitor` has enough.
  default void entries(long directory, EntryVisitor visitor) throws IOException {
    entries(
        directory,
        0,
        (name, inode, mode, next) ->
            visitor.entry(ByteName.of(name.toArray(ValueLayout.JAVA_BYTE)), inode, mode));
  }

  /// Shows the entries of a directory from `position` on, by name, without `.` and `..`.
  ///
  /// Positions are ordinals: the first entry's is 0, the one behind the last is how many there are,
  /// and an entry's never changes, not even when the server does. To go on at one costs the same
  /// wherever it is, if whoever asks came there by reading; any other costs what it takes to pass
  /// all entries before it once.
  ///
  /// @param position at least 0; behind the last entry there is nothing
  void entries(long directory, long position, DirentVisitor visitor) throws IOException;

  /// The same with attributes, which costs little more than without.
  void entriesPlus(long directory, long position, DirentPlusVisitor visitor) throws IOException;

  /// The text of a symbolic link; null for any other inode.
  @Nullable ByteName linkTarget(long inode) throws IOException;

  /// The names from the root down to an inode, of the first of its paths.
  ///
  /// @throws IOException also where the view cannot tell, or has no such inode
  default List<ByteName> path(long inode) throws IOException {
    throw new IOException("no path is known of inode " + inode);
  }

  /// What people call an inode: the first of its paths, absolute and printable, or `inode N` where
  /// none is known. For messages; never fails.
  default String nameOf(long inode) {
    try {
      return "/" + path(inode).stream().map(ByteName::toString).collect(Collectors.joining("/"));
    } catch (IOException | RuntimeException e) {
      return "inode " + inode;
    }
  }

  /// Fills `target` with the bytes of a file from `offset` on.
  ///
  /// @param offset at least 0
  /// @param target at most 2 GiB
  /// @return how many bytes were filled: fewer than asked for at the file's end only
  int read(long inode, long offset, MemorySegment target) throws IOException;

  /// Like [#read], with what is in memory: no source and no disk is waited for.
  ///
  /// @return how many bytes were filled: up to the file's end, or some part of the way to what is
  ///   not in memory
  default int readInMemory(long inode, long offset, MemorySegment target) throws IOException {
    return 0;
  }

  /// Where the first byte of data lies in a file from `offset` on, as lseek(2) has it with
  /// `SEEK_DATA`.
  ///
  /// @param offset at least 0
  /// @return at least the file's size where only a hole follows, or nothing
  default long dataFrom(long inode, long offset) throws IOException {
    return offset;
  }

  /// Where the first hole begins in a file from `offset` on, as lseek(2) has it with `SEEK_HOLE`:
  /// holes read as zeros, and there is one behind every file's end.
  ///
  /// @param offset at least 0
  /// @return at least the file's size where no other follows
  default long holeFrom(long inode, long offset) throws IOException {
    return Long.MAX_VALUE;
  }

  /// The value of an extended attribute, or null where the inode has none of this name.
  byte @Nullable [] xattr(long inode, ByteName name) throws IOException;

  /// The names of an inode's extended attributes.
  List<ByteName> xattrNames(long inode) throws IOException;

  /// Whether any inode has extended attributes. Where none has, the kernel need not ask for them.
  default boolean hasXattrs() throws IOException {
    return true;
  }

  /// How large the file system is.
  Totals totals();

  /// The size of a file system, for statfs(2).
  ///
  /// @param inodes how many there are
  /// @param bytes of all files
  record Totals(long inodes, long bytes) {}
}
