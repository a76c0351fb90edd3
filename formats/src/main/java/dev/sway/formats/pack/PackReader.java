package dev.sway.formats.pack;

import dev.sway.formats.chunk.ChunkDecoder;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/// Reads a pack by its own table, without an index. Thread-safe.
public final class PackReader implements AutoCloseable {
  private final FileChannel channel;
  private final String name;
  private final List<PackEntry> entries;

  /// Reads the bytes of a pack.
  @FunctionalInterface
  public interface Bytes {
    /// Exactly `length` bytes from `offset` on; at least one.
    byte[] read(long offset, int length) throws IOException;
  }

  private PackReader(FileChannel channel, String name, List<PackEntry> entries) {
    this.channel = channel;
    this.name = name;
    this.entries = entries;
  }

  /// Opens a pack and checks trailer and table; the frames are checked when they are read.
  ///
  /// @throws CorruptException where it is not a pack, or is truncated or damaged
  /// @throws UnsupportedVersionException where its version is too old or too new
  public static PackReader open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new PackReader(
          channel,
          path.toString(),
          table(
              (offset, length) -> read(channel, offset, length, "pack " + path),
              channel.size(),
              "pack " + path));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// The chunks, in the order of their offsets.
  public List<PackEntry> entries() {
    return entries;
  }

  /// The verified content of one chunk.
  public byte[] read(PackEntry entry) throws IOException {
    byte[] frame = read(channel, entry.offset(), entry.stored(), name);
    return ChunkDecoder.decode(entry.id(), frame, 0, frame.length, entry.length(), name);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /// Reads the table of a pack, wherever its bytes come from, and checks all that [PackFormat] says
  /// of it and of the trailer.
  ///
  /// @param size of the pack in bytes
  /// @param name of the pack in errors
  /// @throws CorruptException where it is not a pack, or is truncated or damaged
  /// @throws UnsupportedVersionException where its version is too old or too new
  public static List<PackEntry> table(Bytes bytes, long size, String name) throws IOException {
    if (size < PackFormat.FRAME_HEADER_BYTES + PackFormat.TRAILER_BYTES) {
      throw new CorruptException(name, "has only " + size + " bytes; is it truncated?");
    }
    long trailerOffset = size - PackFormat.TRAILER_BYTES;
    byte[] trailerBytes = bytes.read(trailerOffset, PackFormat.TRAILER_BYTES);
    ByteBuffer trailer = wrap(trailerBytes);
    byte[] signature = new byte[PackFormat.SIGNATURE.length];
    trailer.get(PackFormat.FRAME_HEADER_BYTES, signature);
    if (trailer.getInt() != PackFormat.TRAILER_MAGIC
        || trailer.getInt() != PackFormat.TRAILER_PAYLOAD_BYTES
        || !Arrays.equals(signature, PackFormat.SIGNATURE)) {
      throw new CorruptException(
          name, "has no trailer at byte " + trailerOffset + "; it is truncated, or not a pack");
    }
    CRC32C crc = new CRC32C();
    crc.update(trailerBytes, PackFormat.FRAME_HEADER_BYTES, PackFormat.TRAILER_PAYLOAD_BYTES - 4);
    long expectedCrc = trailer.getInt(PackFormat.TRAILER_BYTES - 4) & 0xFFFF_FFFFL;
    if (crc.getValue() != expectedCrc) {
      throw new CorruptException(
          name,
          "the trailer at byte %d has the checksum %08x, not %08x"
              .formatted(trailerOffset, crc.getValue(), expectedCrc));
    }
    trailer.position(PackFormat.FRAME_HEADER_BYTES + signature.length);
    UnsupportedVersionException.check(
        name,
        Integer.toUnsignedLong(trailer.getInt()),
        PackFormat.OLDEST_VERSION,
        PackFormat.VERSION);
    int chunks = trailer.getInt();
    long tableOffset = trailer.getLong();
    Digest tableDigest = Digest.read(trailer);
    long tableBytes = (long) chunks * PackFormat.ENTRY_BYTES;
    if (chunks < 0
        || chunks > PackFormat.MAX_CHUNKS
        || tableOffset != trailerOffset - tableBytes - PackFormat.FRAME_HEADER_BYTES) {
      throw new CorruptException(
          name,
          "its trailer says %d chunks and a table at byte %d, which does not fit %d bytes"
              .formatted(chunks, tableOffset, size));
    }
    return parseTable(bytes, name, chunks, tableOffset, tableDigest);
  }

  private static List<PackEntry> parseTable(
      Bytes source, String name, int chunks, long tableOffset, Digest tableDigest)
      throws IOException {
    int tableBytes = chunks * PackFormat.ENTRY_BYTES;
    ByteBuffer header = wrap(source.read(tableOffset, PackFormat.FRAME_HEADER_BYTES));
    if (header.getInt() != PackFormat.TABLE_MAGIC || header.getInt() != tableBytes) {
      throw new CorruptException(name, "has no table at byte " + tableOffset);
    }
    byte[] bytes =
        tableBytes == 0
            ? new byte[0]
            : source.read(tableOffset + PackFormat.FRAME_HEADER_BYTES, tableBytes);
    if (!Digest.of(bytes).equals(tableDigest)) {
      throw new CorruptException(
          name, "the table at byte " + tableOffset + " does not match its digest");
    }
    ByteBuffer table = wrap(bytes);
    List<PackEntry> entries = new ArrayList<>(chunks);
    long offset = 0;
    for (int i = 0; i < chunks; i++) {
      ChunkId id = new ChunkId(Digest.read(table));
      int stored = table.getInt();
      int length = table.getInt();
      if (stored < 1
          || stored > ChunkFormat.MAX_STORED
          || length < 1
          || length > ChunkFormat.MAX_CONTENT) {
        throw new CorruptException(
            name,
            "entry %d of its table has the impossible lengths %d and %d"
                .formatted(i, stored, length));
      }
      entries.add(new PackEntry(id, offset, stored, length));
      offset += stored;
    }
    if (offset != tableOffset) {
      throw new CorruptException(
          name,
          "its chunks end at byte %d, its table begins at byte %d".formatted(offset, tableOffset));
    }
    return List.copyOf(entries);
  }

  private static ByteBuffer wrap(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] read(FileChannel channel, long offset, int length, String name)
      throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, offset + buffer.position()) < 0) {
        throw new CorruptException(
            name, "ends before byte " + (offset + length) + "; is it truncated?");
      }
    }
    return bytes;
  }
}
