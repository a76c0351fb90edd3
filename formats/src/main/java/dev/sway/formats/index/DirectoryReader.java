package dev.sway.formats.index;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/// Reads directories from a position on, by two cursors that stay open: one over names, one over
/// attributes, which moves on by one record wherever inodes are numbered as their names are
/// ordered. For one thread at a time, and not from within a visitor.
final class DirectoryReader implements AutoCloseable {
  private final Cursor<ByteBuffer> dirents;
  private final Cursor<ByteBuffer> inodes;
  private final DirectoryMarks marks;
  private final IndexRecords records;
  private final ByteBuffer key =
      ByteBuffer.allocateDirect(IndexFormat.MAX_KEY).order(ByteOrder.BIG_ENDIAN);

  /// The inode at which `inodes` stands; 0 where that is unknown.
  private long inodeAt;

  private boolean walking;

  /// What is done with an entry, the cursor being there; answers whether to go on.
  @FunctionalInterface
  private interface Step {
    boolean take(MemorySegment name, long position) throws CorruptException;
  }

  DirectoryReader(
      Txn<ByteBuffer> txn,
      IndexReader.Databases databases,
      DirectoryMarks marks,
      IndexRecords records) {
    this.dirents = databases.dirent().openCursor(txn);
    this.inodes = databases.inode().openCursor(txn);
    this.marks = marks;
    this.records = records;
  }

  void entries(long directory, long position, DirentVisitor visitor) throws CorruptException {
    walk(
        directory,
        position,
        (name, at) -> {
          ByteBuffer value = records.dirent(directory, dirents.val());
          return visitor.entry(name, value.getLong(), value.getInt(), at + 1);
        });
  }

  void entriesPlus(long directory, long position, DirentPlusVisitor visitor)
      throws CorruptException {
    inodeAt = 0;
    walk(
        directory,
        position,
        (name, at) -> {
          long number = records.dirent(directory, dirents.val()).getLong();
          return visitor.entry(name, inode(number), at + 1);
        });
  }

  private void walk(long directory, long position, Step step) throws CorruptException {
    if (walking) {
      throw new IllegalStateException("a visitor of a directory reads another one");
    }
    walking = true;
    try {
      boolean found = seek(directory, position);
      for (long at = position; found; at++) {
        MemorySegment name = name(directory);
        if (name == null) {
          return;
        }
        marks.passed(directory, at, name);
        if (!step.take(name, at)) {
          return;
        }
        found = dirents.seek(SeekOp.MDB_NEXT);
      }
    } finally {
      walking = false;
    }
  }

  /// Moves to the entry at `position`; answers whether there is any entry, of whichever directory.
  private boolean seek(long directory, long position) throws CorruptException {
    if (position < 0) {
      throw new IllegalArgumentException("no position: " + position);
    }
    DirectoryMarks.Mark mark = marks.before(directory, position);
    key.clear().putLong(directory);
    if (mark != null) {
      key.put(mark.name());
    }
    boolean found = dirents.get(key.flip(), GetOp.MDB_SET_RANGE);
    for (long at = mark == null ? 0 : mark.position(); at < position && found; at++) {
      MemorySegment name = name(directory);
      if (name == null) {
        return false;
      }
      marks.passed(directory, at, name);
      found = dirents.seek(SeekOp.MDB_NEXT);
    }
    return found;
  }

  /// The name at which the cursor stands, or null where that is in another directory.
  private @Nullable MemorySegment name(long directory) throws CorruptException {
    ByteBuffer at = dirents.key().order(ByteOrder.BIG_ENDIAN);
    if (at.remaining() <= Long.BYTES || at.getLong() != directory) {
      return null;
    }
    if (at.remaining() > ByteName.MAX_BYTES) {
      throw records.corrupt("dirent", directory, "has a name of " + at.remaining() + " bytes");
    }
    return MemorySegment.ofBuffer(at).asReadOnly();
  }

  private InodeRecord inode(long number) throws CorruptException {
    if (inodeAt == 0 || number != inodeAt + 1 || !inodes.seek(SeekOp.MDB_NEXT) || !isAt(number)) {
      inodeAt = 0;
      key.clear().putLong(number).flip();
      if (!inodes.get(key, GetOp.MDB_SET_KEY)) {
        throw records.corrupt("inode", number, "is missing, and a name leads to it");
      }
    }
    inodeAt = number;
    return records.inode(number, inodes.val().order(ByteOrder.LITTLE_ENDIAN));
  }

  private boolean isAt(long number) {
    ByteBuffer at = inodes.key().order(ByteOrder.BIG_ENDIAN);
    return at.remaining() == Long.BYTES && at.getLong(at.position()) == number;
  }

  @Override
  public void close() {
    dirents.close();
    inodes.close();
  }
}
