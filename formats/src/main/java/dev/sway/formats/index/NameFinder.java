package dev.sway.formats.index;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.tree.FileType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/// Finds the path that an inode has, which no record tells.
///
/// Writers number inodes directory by directory, and directories in the order of their own numbers.
/// So the numbers rise with the keys of `dirent`, but for the further names of hard links, and the
/// directory that names an inode is found by bisection. In an index that is numbered otherwise
/// nothing is found, and nothing wrong: what is found does name the inode.
///
/// For one thread at a time.
final class NameFinder implements AutoCloseable {
  private static final long ROOT = 1;

  /// How many names are passed for one path. More hard links than that side by side, and no path is
  /// found.
  private static final int MOST_PASSED = 1 << 18;

  private final IndexSession session;
  private final Cursor<ByteBuffer> dirents;
  private final IndexRecords records;
  private int passed;
  private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.BIG_ENDIAN);

  NameFinder(
      IndexSession session,
      Txn<ByteBuffer> txn,
      IndexReader.Databases databases,
      IndexRecords records) {
    this.session = session;
    this.dirents = databases.dirent().openCursor(txn);
    this.records = records;
  }

  /// The names from the root down to `inode`, of its first path; null where none is found.
  @Nullable List<ByteName> path(long inode) throws CorruptException {
    Deque<ByteName> names = new ArrayDeque<>();
    passed = 0;
    long at = inode;
    while (at != ROOT) {
      if (at < ROOT || !toEntryOf(at)) {
        return null;
      }
      ByteBuffer found = dirents.key().order(ByteOrder.BIG_ENDIAN);
      long parent = found.getLong();
      byte[] name = new byte[found.remaining()];
      found.get(name);
      names.push(ByteName.of(name));
      if (parent >= at) {
        return null;
      }
      at = parent;
    }
    return List.copyOf(names);
  }

  /// Moves to the first entry that names `inode`; answers whether there is one.
  private boolean toEntryOf(long inode) throws CorruptException {
    // The last directory at or behind which the first inode with one name only is a smaller one.
    long below = ROOT;
    long above = inode;
    while (above - below > 1) {
      long middle = below + (above - below) / 2;
      if (firstBehind(middle) < inode) {
        below = middle;
      } else {
        above = middle;
      }
    }
    boolean found = seek(below);
    while (found && passed++ < MOST_PASSED) {
      long number = number();
      if (number == inode) {
        return true;
      }
      if (number > inode && !hasMoreNames(number)) {
        return false;
      }
      found = dirents.seek(SeekOp.MDB_NEXT);
    }
    return false;
  }

  /// The number of the first inode with one name only whose directory is `directory` or one behind
  /// it.
  private long firstBehind(long directory) throws CorruptException {
    for (boolean found = seek(directory);
        found && passed++ < MOST_PASSED;
        found = dirents.seek(SeekOp.MDB_NEXT)) {
      long number = number();
      if (!hasMoreNames(number)) {
        return number;
      }
    }
    return Long.MAX_VALUE;
  }

  private boolean seek(long directory) {
    return dirents.get(key.clear().putLong(directory).flip(), GetOp.MDB_SET_RANGE);
  }

  private long number() throws CorruptException {
    ByteBuffer at = dirents.key().order(ByteOrder.BIG_ENDIAN);
    if (at.remaining() <= Long.BYTES) {
      throw new CorruptException(records.name(), "has a dirent record without a name");
    }
    return records.dirent(at.getLong(at.position()), dirents.val()).getLong();
  }

  private boolean hasMoreNames(long number) throws CorruptException {
    InodeRecord inode = session.inode(number);
    return inode != null
        && inode.links() > 1
        && FileType.ofMode(inode.mode()).orElse(null) != FileType.DIRECTORY;
  }

  @Override
  public void close() {
    dirents.close();
  }
}
