package dev.sway.formats.index;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.tree.FileType;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.lmdbjava.CopyFlags;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbNativeException.ConstantDerivedException;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/// Writes an index as [IndexFormat] says. Not thread-safe; used once.
public final class IndexWriter {
  private static final int PAGE = 4096;

  /// LMDB's own pages at the start of a file, which it writes on opening.
  private static final int META_PAGES = 2;

  /// A symbolic link's text, an xattr's value and a file's extents may exceed this; the buffer then
  /// grows.
  private static final int VALUE_BUFFER = 1 << 16;

  private final ByteBuffer key =
      ByteBuffer.allocateDirect(IndexFormat.MAX_KEY).order(ByteOrder.BIG_ENDIAN);
  private ByteBuffer value = newValue(VALUE_BUFFER);

  /// Writes `content` to the new file `path`. A file beside it with the suffix `.building` exists
  /// meanwhile.
  ///
  /// @throws SwayException of kind `storage` where there is no room for it; neither file is left
  public void write(IndexContent content, Path path) throws IOException {
    Path building = path.resolveSibling(path.getFileName() + ".building");
    Files.deleteIfExists(building);
    try {
      write(content, path, building);
    } catch (ConstantDerivedException | StorageFault e) {
      Files.deleteIfExists(path);
      throw new SwayException(
          FailureKind.STORAGE,
          "cannot write " + path + ": " + e.getMessage() + "; make room, or set TMPDIR",
          e);
    } finally {
      Files.deleteIfExists(building);
    }
  }

  private void write(IndexContent content, Path path, Path building) throws StorageFault {
    long mapSize = mapSize(content);
    try (Env<ByteBuffer> env =
        LmdbLibrary.env()
            .setMapSize(mapSize)
            .setMaxDbs(IndexFormat.DATABASES)
            // A fresh mapping is all zeros, so that what LMDB leaves unwritten inside a page is the
            // same each time.
            .open(
                building.toFile(),
                EnvFlags.MDB_NOSUBDIR,
                EnvFlags.MDB_WRITEMAP,
                EnvFlags.MDB_NOSYNC,
                EnvFlags.MDB_NOLOCK)) {
      allocate(building, (long) META_PAGES * env.stat().pageSize, mapSize);
      try (Txn<ByteBuffer> txn = env.txnWrite()) {
        writeMeta(open(env, txn, IndexFormat.META), txn, content);
        writeDirents(open(env, txn, IndexFormat.DIRENT), txn, content);
        writeInodes(open(env, txn, IndexFormat.INODE), txn, content);
        writeXattrs(open(env, txn, IndexFormat.XATTR), txn, content);
        writeExtents(open(env, txn, IndexFormat.EXTENT), txn, content);
        writeChunks(open(env, txn, IndexFormat.CHUNK), txn, content);
        writePacks(open(env, txn, IndexFormat.PACK), txn, content);
        if (!content.blockRoots().isEmpty()) {
          writeBlockRoots(open(env, txn, IndexFormat.BLOCK), txn, content);
        }
        txn.commit();
      }
      env.copy(path.toFile(), CopyFlags.MDB_CP_COMPACT);
    }
  }

  /// Gives the file all its blocks from `start` on: to write to a mapped page for which the disk
  /// has no room ends the process with SIGBUS.
  private static void allocate(Path file, long start, long size) throws StorageFault {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
      for (long at = start; at < size; ) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
        at += channel.write(zeros, at);
      }
    } catch (IOException e) {
      throw new StorageFault(e);
    }
  }

  /// A disk that is full or fails.
  private static final class StorageFault extends IOException {
    StorageFault(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private static Dbi<ByteBuffer> open(Env<ByteBuffer> env, Txn<ByteBuffer> txn, String name) {
    return env.openDbi(
        txn,
        name.getBytes(java.nio.charset.StandardCharsets.US_ASCII),
        null,
        false,
        DbiFlags.MDB_CREATE);
  }

  private void writeMeta(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn, IndexContent content) {
    key.clear().put(IndexFormat.META_KEY);
    value(IndexFormat.META_BYTES).put(IndexFormat.SIGNATURE).putInt(IndexFormat.VERSION);
    value.putInt(content.cutting());
    value.putLong(content.tree().inodes().size()).putLong(content.tree().entries());
    value.putInt(content.chunks().size()).putInt(content.packs().size());
    append(dbi, txn);
  }

  private void writeDirents(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn, IndexContent content) {
    for (TreeInode directory : content.tree().inodes()) {
      for (Map.Entry<ByteName, TreeInode> entry : directory.children().entrySet()) {
        key.clear().putLong(directory.number()).put(entry.getKey().bytes());
        value(IndexFormat.DIRENT_BYTES)
            .putLong(entry.getValue().number())
            .putInt(mode(entry.getValue()));
        append(dbi, txn);
      }
    }
  }

  private void writeInodes(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn, IndexContent content) {
    for (TreeInode inode : content.tree().inodes()) {
      Attributes attributes = inode.attributes();
      ByteName target = inode.linkTarget();
      key.clear().putLong(inode.number());
      value(IndexFormat.INODE_BYTES + (target == null ? 0 : target.length()));
      value
          .putInt(mode(inode))
          .putInt(attributes.uid())
          .putInt(attributes.gid())
          .putInt(inode.links());
      value
          .putLong(inode.size())
          .putLong(attributes.mtimeSeconds())
          .putInt(attributes.mtimeNanos());
      value.putInt(inode.deviceMajor()).putInt(inode.deviceMinor());
      value.putInt(attributes.xattrs().isEmpty() ? 0 : IndexFormat.HAS_XATTRS);
      if (target != null) {
        value.put(target.bytes());
      }
      append(dbi, txn);
    }
  }

  private void writeXattrs(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn, IndexContent content) {
    for (TreeInode inode : content.tree().inodes()) {
      for (Map.Entry<ByteName, byte[]> xattr : inode.attributes().xattrs().entrySet()) {
        key.clear().putLong(inode.number()).put(xattr.getKey().bytes());
        value(xattr.getValue().length).put(xattr.getValue());
        append(dbi, txn);
      }
    }
  }

  private void writeExtents(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn, IndexContent content) {
    for (TreeInode inode : content.tree().inodes()) {
      List<Extent> extents =
          inode.type() == FileType.REGULAR ? content.extents().get(inode.number()) : null;
      if (extents == null) {
        continue;
      }
      key.clear().putLong(inode.number());
      value(Math.multiplyExact(extents.size(), IndexFormat.EXTENT_BYTES));
      for (Extent extent : extents) {
        value
            .putLong(extent.fileOffset())
            .putInt(extent.chunk())
            .putInt(extent.chunkOffset())
            .putInt(extent.length())
            .putInt(0);
      }
      append(dbi, txn);
    }
  }

  private void writeChunks(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn, IndexContent content) {
    int ordinal = 0;
    for (ChunkLocation chunk : content.chunks()) {
      key.clear().putInt(ordinal++);
      chunk.id().digest().write(value(IndexFormat.CHUNK_BYTES));
      value
          .putInt(chunk.pack())
          .putLong(chunk.offset())
          .putInt(chunk.stored())
          .putInt(chunk.length());
      append(dbi, txn);
    }
  }

  private void writePacks(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn, IndexContent content) {
    int ordinal = 0;
    for (PackReference pack : content.packs()) {
      key.clear().putInt(ordinal++);
      pack.digest().write(value(IndexFormat.PACK_BYTES));
      value.putLong(pack.size());
      append(dbi, txn);
    }
  }

  private void writeBlockRoots(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn, IndexContent content) {
    int ordinal = 0;
    for (Digest root : content.blockRoots()) {
      key.clear().putInt(ordinal++);
      root.write(value(Digest.BYTES));
      append(dbi, txn);
    }
  }

  private static int mode(TreeInode inode) {
    return inode.type().bits() | inode.attributes().permissions();
  }

  private void append(Dbi<ByteBuffer> dbi, Txn<ByteBuffer> txn) {
    dbi.put(txn, key.flip(), value.flip(), PutFlags.MDB_APPEND);
  }

  private ByteBuffer value(int size) {
    if (value.capacity() < size) {
      value = newValue(Integer.highestOneBit(size - 1) << 1);
    }
    return value.clear();
  }

  private static ByteBuffer newValue(int capacity) {
    return ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// An upper bound of the file's size: twice the records with LMDB's overhead for each.
  private static long mapSize(IndexContent content) {
    long bytes = 256L * PAGE;
    for (TreeInode inode : content.tree().inodes()) {
      ByteName target = inode.linkTarget();
      bytes += record(8, IndexFormat.INODE_BYTES + (target == null ? 0 : target.length()));
      for (ByteName name : inode.children().keySet()) {
        bytes += record(8 + name.length(), IndexFormat.DIRENT_BYTES);
      }
      for (Map.Entry<ByteName, byte[]> xattr : inode.attributes().xattrs().entrySet()) {
        bytes += record(8 + xattr.getKey().length(), xattr.getValue().length);
      }
    }
    for (List<Extent> extents : content.extents().values()) {
      bytes += record(8, (long) extents.size() * IndexFormat.EXTENT_BYTES);
    }
    bytes +=
        content.chunks().size() * record(4, IndexFormat.CHUNK_BYTES)
            + content.blockRoots().size() * record(4, Digest.BYTES)
            + content.packs().size() * record(4, IndexFormat.PACK_BYTES);
    return (2 * bytes + PAGE - 1) / PAGE * PAGE;
  }

  /// The space of one record: a node header and its pointer, and whole pages for what does not fit
  /// half of one.
  private static long record(long keyBytes, long valueBytes) {
    long node = 16 + keyBytes + valueBytes;
    return node > PAGE / 2 - 64 ? (node / PAGE + 2) * PAGE : node;
  }
}
