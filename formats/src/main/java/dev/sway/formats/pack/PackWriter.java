package dev.sway.formats.pack;

import dev.sway.formats.chunk.StoredChunk;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// Writes one pack. Not thread-safe. After a failure it refuses further work: what it wrote is not
/// a pack.
public final class PackWriter implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final MessageDigest sha256 = Digest.newSha256();
  private final List<PackEntry> entries = new ArrayList<>();
  private long position;
  private long contentBytes;
  private boolean usable = true;

  /// Starts a pack in the new file `path`.
  public PackWriter(Path path) throws IOException {
    this.path = path;
    channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /// A finished pack.
  ///
  /// @param digest of the file
  /// @param size of the file in bytes
  /// @param contentSize of its chunks, uncompressed, in bytes
  /// @param entries its chunks, in order
  public record Written(Digest digest, long size, long contentSize, List<PackEntry> entries) {
    public Written {
      entries = List.copyOf(entries);
    }
  }

  /// Appends a chunk.
  ///
  /// @throws SwayException of kind `storage` where the disk is full or fails
  public PackEntry append(StoredChunk chunk) throws IOException {
    if (entries.size() == PackFormat.MAX_CHUNKS) {
      throw new IllegalStateException("a pack holds at most " + PackFormat.MAX_CHUNKS + " chunks");
    }
    PackEntry entry = new PackEntry(chunk.id(), position, chunk.frame().length, chunk.length());
    write(ByteBuffer.wrap(chunk.frame()));
    entries.add(entry);
    contentBytes += chunk.length();
    return entry;
  }

  /// Whether the pack has the size, and with `last` the last chunk, at which it ends.
  boolean isFull(StoredChunk last) {
    boolean chosen = last.id().digest().bytes()[0] % PackFormat.END_ODDS == 0;
    return (position >= PackFormat.MIN_PACK && chosen)
        || position >= PackFormat.MAX_PACK
        || entries.size() == PackFormat.MAX_CHUNKS;
  }

  /// Writes table and trailer, brings the file to the disk, and reads it back.
  ///
  /// @throws SwayException of kind `storage` where the disk is full or fails
  public Written finish() throws IOException {
    Written written = end();
    settle(written);
    return written;
  }

  /// Writes table and trailer; [#settle] is left to do, on any one thread.
  Written end() throws IOException {
    long tableOffset = position;
    byte[] tableBytes = new byte[entries.size() * PackFormat.ENTRY_BYTES];
    ByteBuffer table = wrap(tableBytes);
    for (PackEntry entry : entries) {
      entry.id().digest().write(table);
      table.putInt(entry.stored()).putInt(entry.length());
    }
    write(
        wrap(new byte[PackFormat.FRAME_HEADER_BYTES])
            .putInt(PackFormat.TABLE_MAGIC)
            .putInt(tableBytes.length)
            .flip());
    write(ByteBuffer.wrap(tableBytes));

    byte[] trailerBytes = new byte[PackFormat.TRAILER_BYTES];
    ByteBuffer trailer =
        wrap(trailerBytes)
            .putInt(PackFormat.TRAILER_MAGIC)
            .putInt(PackFormat.TRAILER_PAYLOAD_BYTES);
    trailer
        .put(PackFormat.SIGNATURE)
        .putInt(PackFormat.VERSION)
        .putInt(entries.size())
        .putLong(tableOffset);
    Digest.of(tableBytes).write(trailer);
    CRC32C crc = new CRC32C();
    crc.update(
        trailerBytes,
        PackFormat.FRAME_HEADER_BYTES,
        trailer.position() - PackFormat.FRAME_HEADER_BYTES);
    write(trailer.putInt((int) crc.getValue()).flip());
    usable = false;
    return new Written(Digest.finish(sha256), position, contentBytes, entries);
  }

  /// Brings the file, which is `written`, to the disk, and reads it back.
  void settle(Written written) throws IOException {
    DurableFile.settle(channel, path, written.digest());
  }

  private static ByteBuffer wrap(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void write(ByteBuffer bytes) throws IOException {
    if (!usable) {
      throw new IllegalStateException("this pack is finished, or failed");
    }
    usable = false;
    Digest.update(sha256, bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    position += bytes.remaining();
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw SwayException.cannotWrite(path, e);
    }
    usable = true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
