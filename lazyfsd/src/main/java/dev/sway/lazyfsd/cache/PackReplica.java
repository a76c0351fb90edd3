package dev.sway.lazyfsd.cache;

import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A partial copy of one pack: a sparse file with frames at their offsets, and beside it a list of
/// the offsets that are there, 8 bytes each, little-endian, appended without fsync. Neither is
/// believed: what is read is verified by the caller, who says [#forget] where it is not what it
/// should be. A crash therefore costs a fetch, never a wrong byte. Thread-safe.
final class PackReplica implements AutoCloseable {
  /// A list longer than this, of 8 Mi frames, is none: a pack has fewer.
  private static final long MAX_PRESENT = 64L << 20;

  private final FileChannel frames;
  private final FileChannel present;
  private final Set<Long> offsets = ConcurrentHashMap.newKeySet();
  private final ReentrantLock appending = new ReentrantLock();
  private long presentEnd;

  private PackReplica(FileChannel frames, FileChannel present) {
    this.frames = frames;
    this.present = present;
  }

  /// Opens or creates the replica of `pack` in `folder`.
  static PackReplica open(Path folder, PackReference pack) throws IOException {
    FileChannel frames = open(folder.resolve(pack.digest().hex() + ".pack"));
    try {
      FileChannel present = open(folder.resolve(pack.digest().hex() + ".present"));
      try {
        PackReplica replica = new PackReplica(frames, present);
        replica.load(pack.size());
        return replica;
      } catch (IOException | RuntimeException e) {
        present.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      frames.close();
      throw e;
    }
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private void load(long packSize) throws IOException {
    if (present.size() > Math.min(packSize, MAX_PRESENT)) {
      // A frame takes more bytes than its entry, so that this is no list: begin a new one.
      present.truncate(0);
    }
    ByteBuffer list = ByteBuffer.allocate((int) present.size()).order(ByteOrder.LITTLE_ENDIAN);
    while (list.hasRemaining() && present.read(list, list.position()) >= 0) {}
    list.flip();
    while (list.remaining() >= Long.BYTES) {
      offsets.add(list.getLong());
    }
    // A torn last entry is overwritten by the next append.
    presentEnd = list.position();
  }

  /// The frame of `chunk` as it is on disk, or null where it is not.
  byte @Nullable [] read(ChunkLocation chunk) throws IOException {
    if (!offsets.contains(chunk.offset())) {
      return null;
    }
    byte[] frame = new byte[chunk.stored()];
    ByteBuffer buffer = ByteBuffer.wrap(frame);
    while (buffer.hasRemaining()) {
      if (frames.read(buffer, chunk.offset() + buffer.position()) < 0) {
        return null;
      }
    }
    return frame;
  }

  /// Keeps the frame of `chunk`.
  void write(ChunkLocation chunk, byte[] frame) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(frame);
    while (buffer.hasRemaining()) {
      frames.write(buffer, chunk.offset() + buffer.position());
    }
    if (offsets.add(chunk.offset())) {
      append(chunk.offset());
    }
  }

  /// Each entry begins at a multiple of its length, whatever became of the one before: a disk that
  /// is full may take half of one.
  private void append(long offset) throws IOException {
    ByteBuffer entry =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(offset).flip();
    appending.lock();
    try {
      while (entry.hasRemaining()) {
        present.write(entry, presentEnd + entry.position());
      }
      presentEnd += Long.BYTES;
    } finally {
      appending.unlock();
    }
  }

  /// The copy of `chunk` is not what it should be.
  void forget(ChunkLocation chunk) {
    offsets.remove(chunk.offset());
  }

  @Override
  public void close() throws IOException {
    try (frames) {
      present.close();
    }
  }
}
