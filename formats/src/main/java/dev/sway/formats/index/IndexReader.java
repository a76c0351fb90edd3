package dev.sway.formats.index;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;
import org.lmdbjava.Dbi.KeyNotFoundException;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

/// Opens an index read-only, in place: the cost does not depend on its size. Thread-safe.
///
/// LMDB trusts its file's structure, so open only files whose digest was checked. All work goes
/// through [#read]; [#close] waits for it.
public final class IndexReader implements AutoCloseable {
  private final Env<ByteBuffer> env;
  private final Databases databases;
  private final String name;
  private final DirectoryMarks marks = new DirectoryMarks();
  private final ChunkPlaces places = new ChunkPlaces();
  private final Counts counts;
  private final int cutting;
  private final long mapped;
  private final ConcurrentLinkedDeque<IndexSession> idle = new ConcurrentLinkedDeque<>();
  private final ReentrantReadWriteLock lifetime = new ReentrantReadWriteLock();
  private boolean closed;

  /// What an index holds.
  ///
  /// @param inodes how many inodes, numbered from 1 on
  /// @param entries how many names, the root included
  /// @param chunks how many chunks, from 0 on
  /// @param packs how many packs, from 0 on
  public record Counts(long inodes, long entries, int chunks, int packs) {}

  /// Something done with the index, inside one read transaction.
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T on(IndexSession session) throws IOException;
  }

  /// What the index says of itself.
  ///
  /// @param address of where it says that: LMDB's values lie in the mapped file
  private record Meta(Counts counts, int cutting, long address) {}

  record Databases(
      Dbi<ByteBuffer> dirent,
      Dbi<ByteBuffer> inode,
      Dbi<ByteBuffer> xattr,
      Dbi<ByteBuffer> extent,
      Dbi<ByteBuffer> chunk,
      Dbi<ByteBuffer> pack,
      @Nullable Dbi<ByteBuffer> block) {}

  private IndexReader(Env<ByteBuffer> env, Databases databases, String name, Meta meta) {
    this.env = env;
    this.databases = databases;
    this.name = name;
    this.counts = meta.counts();
    this.cutting = meta.cutting();
    this.mapped = meta.address();
  }

  /// Opens the index at `path`.
  ///
  /// @throws CorruptException where it is not an index
  /// @throws UnsupportedVersionException where its version is too old or too new
  public static IndexReader open(Path path) throws IOException {
    String name = "index " + path;
    long size = Files.size(path);
    Env<ByteBuffer> env;
    try {
      env =
          LmdbLibrary.env()
              .setMaxDbs(IndexFormat.DATABASES)
              .open(
                  path.toFile(),
                  EnvFlags.MDB_NOSUBDIR,
                  EnvFlags.MDB_RDONLY_ENV,
                  EnvFlags.MDB_NOLOCK,
                  EnvFlags.MDB_NOTLS);
    } catch (LmdbException e) {
      throw new CorruptException(name, "is not an LMDB file: " + e.getMessage(), e);
    }
    try {
      checkSize(env, size, name);
      Meta meta = readMeta(env, name);
      Databases databases =
          new Databases(
              open(env, IndexFormat.DIRENT),
              open(env, IndexFormat.INODE),
              open(env, IndexFormat.XATTR),
              open(env, IndexFormat.EXTENT),
              open(env, IndexFormat.CHUNK),
              open(env, IndexFormat.PACK),
              openIfThere(env, IndexFormat.BLOCK));
      return new IndexReader(env, databases, name, meta);
    } catch (LmdbException e) {
      env.close();
      throw new CorruptException(name, "lacks a database: " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      env.close();
      throw e;
    }
  }

  /// LMDB maps the file, and a page of the map that the file does not have ends the process with
  /// SIGBUS.
  private static void checkSize(Env<ByteBuffer> env, long size, String name)
      throws CorruptException {
    long expected = (env.info().lastPageNumber + 1) * env.stat().pageSize;
    if (size < expected) {
      throw new CorruptException(
          name, "has " + size + " bytes, not " + expected + "; is it truncated?");
    }
  }

  private static Dbi<ByteBuffer> open(Env<ByteBuffer> env, String database) {
    return env.openDbi(database.getBytes(StandardCharsets.US_ASCII));
  }

  private static @Nullable Dbi<ByteBuffer> openIfThere(Env<ByteBuffer> env, String database) {
    try {
      return open(env, database);
    } catch (KeyNotFoundException e) {
      return null;
    }
  }

  private static Meta readMeta(Env<ByteBuffer> env, String name) throws IOException {
    Dbi<ByteBuffer> meta = open(env, IndexFormat.META);
    try (Txn<ByteBuffer> txn = env.txnRead()) {
      ByteBuffer key =
          ByteBuffer.allocateDirect(IndexFormat.META_KEY.length).put(IndexFormat.META_KEY).flip();
      ByteBuffer value = meta.get(txn, key);
      long address = value == null ? 0 : MemorySegment.ofBuffer(value).address();
      byte[] signature = new byte[IndexFormat.SIGNATURE.length];
      if (value == null
          || value.remaining() != IndexFormat.META_BYTES
          || !Arrays.equals(readBytes(value, signature), IndexFormat.SIGNATURE)) {
        throw new CorruptException(name, "is an LMDB file, but not an index");
      }
      value.order(ByteOrder.LITTLE_ENDIAN);
      UnsupportedVersionException.check(
          name,
          Integer.toUnsignedLong(value.getInt()),
          IndexFormat.OLDEST_VERSION,
          IndexFormat.VERSION);
      int cutting = value.getInt();
      return new Meta(
          new Counts(value.getLong(), value.getLong(), value.getInt(), value.getInt()),
          cutting,
          address);
    }
  }

  private static byte[] readBytes(ByteBuffer buffer, byte[] target) {
    buffer.get(target);
    return target;
  }

  DirectoryMarks marks() {
    return marks;
  }

  public Counts counts() {
    return counts;
  }

  /// The rules by which the files were cut into chunks,
  /// [dev.sway.formats.chunk.ChunkFormat#CUTTING] or those of another version; 0 where they are
  /// unknown.
  public int cutting() {
    return cutting;
  }

  /// Runs `work` with a session that is its own until it returns. What the session hands out may be
  /// used inside `work` only.
  ///
  /// @throws IOException what `work` throws
  /// @throws IllegalStateException where the reader is closed
  public <T extends @Nullable Object> T read(Work<T> work) throws IOException {
    lifetime.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException(name + " is closed");
      }
      IndexSession session = idle.pollFirst();
      if (session == null) {
        session = new IndexSession(this, env.txnRead(), databases, new IndexRecords(name), places);
      }
      try {
        return work.on(session);
      } finally {
        idle.addFirst(session);
      }
    } finally {
      lifetime.readLock().unlock();
    }
  }

  /// Tells `work` an address in the memory where the file is mapped, read-only and shared with the
  /// page cache; it stays there until `work` returns. Does nothing where the reader is closed.
  public void mapped(LongConsumer work) {
    lifetime.readLock().lock();
    try {
      if (!closed) {
        work.accept(mapped);
      }
    } finally {
      lifetime.readLock().unlock();
    }
  }

  @Override
  public void close() {
    lifetime.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        idle.forEach(IndexSession::close);
        env.close();
      }
    } finally {
      lifetime.writeLock().unlock();
    }
  }
}
