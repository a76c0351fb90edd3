package dev.sway.formats.index;

import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.GetOp;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/// Lookups in an index. For one thread at a time, handed out by [IndexReader#read].
///
/// The file never changes, so the read transaction stays open between uses.
public final class IndexSession {
  private final IndexReader index;
  private final Txn<ByteBuffer> txn;
  private final IndexReader.Databases databases;
  private final IndexRecords records;
  private final ChunkPlaces places;
  private final ExtentCursor cursor = new ExtentCursor();
  private @Nullable DirectoryReader directories;
  private final ByteBuffer key =
      ByteBuffer.allocateDirect(IndexFormat.MAX_KEY).order(ByteOrder.BIG_ENDIAN);

  /// Takes the entries of a directory.
  @FunctionalInterface
  public interface EntryVisitor {
    /// Takes one entry; answers whether to go on.
    boolean entry(ByteName name, long inode, int mode);
  }

  /// Takes the extents of an inode.
  @FunctionalInterface
  public interface ExtentVisitor {
    void extents(long inode, List<Extent> extents) throws CorruptException;
  }

  IndexSession(
      IndexReader index,
      Txn<ByteBuffer> txn,
      IndexReader.Databases databases,
      IndexRecords records,
      ChunkPlaces places) {
    this.index = index;
    this.txn = txn;
    this.databases = databases;
    this.records = records;
    this.places = places;
  }

  /// The inode that `entry` names in the directory `parent`, or 0 where there is none.
  public long lookup(long parent, ByteName entry) throws CorruptException {
    if (entry.length() == 0 || entry.length() > ByteName.MAX_BYTES) {
      return 0;
    }
    ByteBuffer value = get(databases.dirent(), inodeKey(parent).put(entry.bytes()));
    return value == null ? 0 : records.dirent(parent, value).getLong();
  }

  /// The same for a name in native memory or on the heap.
  public long lookup(long parent, MemorySegment entry) throws CorruptException {
    if (entry.byteSize() == 0 || entry.byteSize() > ByteName.MAX_BYTES) {
      return 0;
    }
    inodeKey(parent).put(entry.asByteBuffer());
    ByteBuffer value = get(databases.dirent(), key);
    return value == null ? 0 : records.dirent(parent, value).getLong();
  }

  /// The attributes of an inode, or null where there is none of this number.
  public @Nullable InodeRecord inode(long number) throws CorruptException {
    ByteBuffer value = get(databases.inode(), inodeKey(number));
    return value == null ? null : records.inode(number, value);
  }

  /// The text of a symbolic link; null for any other inode.
  public @Nullable ByteName linkTarget(long number) throws CorruptException {
    ByteBuffer value = get(databases.inode(), inodeKey(number));
    if (value == null || value.remaining() <= IndexFormat.INODE_BYTES) {
      return null;
    }
    byte[] text = new byte[value.remaining() - IndexFormat.INODE_BYTES];
    value.position(IndexFormat.INODE_BYTES).get(text);
    return ByteName.of(text);
  }

  /// Shows the entries of a directory to `visitor`, by name, from the first one on.
  public void entries(long directory, EntryVisitor visitor) throws CorruptException {
    entries(
        directory,
        0,
        (name, inode, mode, next) ->
            visitor.entry(ByteName.of(name.toArray(ValueLayout.JAVA_BYTE)), inode, mode));
  }

  /// Shows the entries of a directory to `visitor`, by name, from `position` on: 0 for the first
  /// one, else what an earlier visit was told.
  public void entries(long directory, long position, DirentVisitor visitor)
      throws CorruptException {
    directories().entries(directory, position, visitor);
  }

  /// The same with attributes.
  public void entriesPlus(long directory, long position, DirentPlusVisitor visitor)
      throws CorruptException {
    directories().entriesPlus(directory, position, visitor);
  }

  /// The names from the root down to an inode, of the first of its paths; null where there is no
  /// such inode, or where it lies among hundreds of thousands of hard links. Takes some dozens of
  /// lookups, more in a large directory and among hard links.
  public @Nullable List<ByteName> path(long inode) throws CorruptException {
    if (inode(inode) == null) {
      return null;
    }
    try (NameFinder finder = new NameFinder(this, txn, databases, records)) {
      return finder.path(inode);
    }
  }

  /// The value of an extended attribute, or null where the inode has none of this name.
  public byte @Nullable [] xattr(long inode, ByteName attribute) {
    if (attribute.length() == 0 || attribute.length() > ByteName.MAX_BYTES) {
      return null;
    }
    ByteBuffer value = get(databases.xattr(), inodeKey(inode).put(attribute.bytes()));
    return value == null ? null : bytes(value);
  }

  /// Whether any inode has extended attributes; costs the same whatever the size.
  public boolean hasXattrs() {
    return databases.xattr().stat(txn).entries > 0;
  }

  /// The names of an inode's extended attributes, in order.
  public List<ByteName> xattrNames(long inode) {
    List<ByteName> names = new ArrayList<>();
    try (Cursor<ByteBuffer> cursor = databases.xattr().openCursor(txn)) {
      boolean found = cursor.get(inodeKey(inode).flip(), GetOp.MDB_SET_RANGE);
      while (found) {
        ByteBuffer at = cursor.key().order(ByteOrder.BIG_ENDIAN);
        if (at.remaining() <= Long.BYTES || at.getLong() != inode) {
          break;
        }
        names.add(ByteName.of(bytes(at)));
        found = cursor.seek(SeekOp.MDB_NEXT);
      }
    }
    return names;
  }

  /// The extents of a file that touch `offset..offset+length`, in order. What lies between them are
  /// zeros.
  public List<Extent> extents(long inode, long offset, long length) throws CorruptException {
    ExtentTable table = table(inode);
    return table == null || length <= 0 ? List.of() : table.touching(offset, length);
  }

  /// The extents of an inode, to go through in place until the session is asked for another one's;
  /// null where there is no inode of this number.
  public @Nullable ExtentCursor extents(long inode) throws CorruptException {
    if (!cursor.shows(inode)) {
      InodeRecord record = inode(inode);
      if (record == null) {
        return null;
      }
      cursor.show(inode, record.size(), table(inode));
    }
    return cursor;
  }

  /// Where data begins in a file, from `offset` on; `Long.MAX_VALUE` where only zeros follow.
  public long dataFrom(long inode, long offset) throws CorruptException {
    ExtentTable table = table(inode);
    return table == null ? Long.MAX_VALUE : table.dataFrom(offset);
  }

  /// Where zeros begin in a file, from `offset` on: between its extents or behind them.
  public long holeFrom(long inode, long offset) throws CorruptException {
    ExtentTable table = table(inode);
    return table == null ? offset : table.holeFrom(offset);
  }

  /// All extents of an inode as they are recorded, checked for nothing but the record's length: for
  /// who verifies them. In memory at once.
  public List<Extent> extentTable(long inode) throws CorruptException {
    ExtentTable table = table(inode);
    return table == null ? List.of() : table.all();
  }

  /// Shows the extents, unchecked as those of [#extentTable], of all inodes that have `least` bytes
  /// of data or more, in the order of their numbers.
  public void extentTables(long least, ExtentVisitor visitor) throws CorruptException {
    try (Cursor<ByteBuffer> tables = databases.extent().openCursor(txn)) {
      for (boolean found = tables.first(); found; found = tables.seek(SeekOp.MDB_NEXT)) {
        ByteBuffer at = tables.key().order(ByteOrder.BIG_ENDIAN);
        long inode = at.remaining() == Long.BYTES ? at.getLong() : 0;
        ExtentTable table = new ExtentTable(records, inode, tables.val());
        if (table.data() >= least) {
          visitor.extents(inode, table.all());
        }
      }
    }
  }

  private @Nullable ExtentTable table(long inode) throws CorruptException {
    ByteBuffer table = get(databases.extent(), inodeKey(inode));
    return table == null ? null : new ExtentTable(records, inode, table);
  }

  /// How many records each database has; costs the same whatever the size.
  public IndexCounts records() {
    return new IndexCounts(
        records(databases.dirent()),
        records(databases.inode()),
        records(databases.xattr()),
        records(databases.extent()),
        records(databases.chunk()),
        records(databases.pack()),
        databases.block() == null ? 0 : records(databases.block()));
  }

  private long records(Dbi<ByteBuffer> database) {
    return database.stat(txn).entries;
  }

  /// Where chunk `ordinal` lies.
  public ChunkLocation chunk(int ordinal) throws CorruptException {
    ByteBuffer value = get(databases.chunk(), key.clear().putInt(ordinal));
    if (value == null) {
      throw records.corrupt("chunk", ordinal, "is missing");
    }
    records.sized(value, IndexFormat.CHUNK_BYTES, "chunk", ordinal);
    ChunkLocation location =
        new ChunkLocation(
            new ChunkId(Digest.read(value)),
            value.getInt(),
            value.getLong(),
            value.getInt(),
            value.getInt());
    if (location.stored() < 1
        || location.stored() > ChunkFormat.MAX_STORED
        || location.length() < 1
        || location.length() > ChunkFormat.MAX_CONTENT
        || location.offset() < 0
        || location.pack() < 0) {
      throw records.corrupt("chunk", ordinal, "is impossible: " + location);
    }
    return location;
  }

  /// How many chunks the index has, from 0 on.
  public int chunks() {
    return index.counts().chunks();
  }

  /// How many packs the index has, from 0 on.
  public int packs() {
    return index.counts().packs();
  }

  /// The root of the [dev.sway.formats.chunk.BlockTree] over the content of chunk `ordinal`; null
  /// where the index has none, of any chunk or of this one.
  public @Nullable Digest blockRoot(int ordinal) throws CorruptException {
    Dbi<ByteBuffer> blocks = databases.block();
    ByteBuffer value = blocks == null ? null : get(blocks, key.clear().putInt(ordinal));
    if (value == null) {
      return null;
    }
    return Digest.read(records.sized(value, Digest.BYTES, "block", ordinal));
  }

  /// The pack with this ordinal.
  public PackReference pack(int ordinal) throws CorruptException {
    ByteBuffer value = get(databases.pack(), key.clear().putInt(ordinal));
    if (value == null) {
      throw records.corrupt("pack", ordinal, "is missing");
    }
    records.sized(value, IndexFormat.PACK_BYTES, "pack", ordinal);
    return new PackReference(Digest.read(value), value.getLong());
  }

  /// Where chunk `ordinal` lies, and in which pack.
  public ChunkPlace place(int ordinal) throws CorruptException {
    ChunkPlace known = places.of(ordinal);
    if (known != null) {
      return known;
    }
    ChunkLocation chunk = chunk(ordinal);
    PackReference pack = pack(chunk.pack());
    if (chunk.offset() > pack.size() - chunk.stored()) {
      throw records.corrupt("chunk", ordinal, "lies outside of its pack: " + chunk);
    }
    ChunkPlace place = new ChunkPlace(chunk, pack);
    places.add(ordinal, place);
    return place;
  }

  private DirectoryReader directories() {
    if (directories == null) {
      directories = new DirectoryReader(txn, databases, index.marks(), records);
    }
    return directories;
  }

  void close() {
    if (directories != null) {
      directories.close();
    }
    txn.close();
  }

  private ByteBuffer inodeKey(long inode) {
    return key.clear().putLong(inode);
  }

  private @Nullable ByteBuffer get(Dbi<ByteBuffer> database, ByteBuffer filledKey) {
    ByteBuffer value = database.get(txn, filledKey.flip());
    return value == null ? null : value.order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
