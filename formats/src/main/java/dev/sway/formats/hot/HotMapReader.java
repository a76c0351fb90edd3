package dev.sway.formats.hot;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/// Reads maps of hot packs as [HotMapFormat] says, and refuses what cannot be one. What it cannot
/// know is whether the image has such chunks, and such blocks in them: [HotVerifier] does.
public final class HotMapReader {
  private static final int MAX_BLOCKS = BlockTree.blocks(ChunkFormat.MAX_CONTENT);

  private final String name;
  private final ByteBuffer in;

  private HotMapReader(String name, ByteBuffer in) {
    this.name = name;
    this.in = in;
  }

  /// The map in `file`.
  ///
  /// @param name of it, for errors
  /// @throws CorruptException where it is none
  /// @throws UnsupportedVersionException where its version is too old or too new
  public static HotMap read(byte[] file, String name) throws SwayException {
    int end = file.length - HotMapFormat.CRC_BYTES;
    if (file.length > HotMapFormat.MAX_BYTES || end < HotMapFormat.HEADER_BYTES) {
      throw new CorruptException(
          name,
          "has %d bytes, not %d to %d; is it truncated?"
              .formatted(
                  file.length,
                  HotMapFormat.HEADER_BYTES + HotMapFormat.CRC_BYTES,
                  HotMapFormat.MAX_BYTES));
    }
    CRC32C crc = new CRC32C();
    crc.update(file, 0, end);
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    byte[] signature = new byte[HotMapFormat.SIGNATURE.length];
    in.get(signature);
    if (!Arrays.equals(signature, HotMapFormat.SIGNATURE)) {
      throw new CorruptException(name, "is not the map of a hot pack");
    }
    // Before the version: a flipped bit in it is damage, not another version.
    if (in.getInt(end) != (int) crc.getValue()) {
      throw new CorruptException(name, "does not match its checksum");
    }
    UnsupportedVersionException.check(
        name,
        Integer.toUnsignedLong(in.getInt()),
        HotMapFormat.OLDEST_VERSION,
        HotMapFormat.VERSION,
        "it is made anew by the next run");
    in.limit(end);
    try {
      return new HotMapReader(name, in).map();
    } catch (BufferUnderflowException e) {
      throw new CorruptException(name, "ends within a segment", e);
    }
  }

  private HotMap map() throws CorruptException {
    Digest manifest = Digest.read(in);
    PackReference pack = new PackReference(Digest.read(in), in.getLong());
    if (pack.size() < 1 || pack.size() > HotMapFormat.MAX_PACK_BYTES) {
      throw new CorruptException(name, "names a hot pack of %d bytes".formatted(pack.size()));
    }
    int count = count(HotMapFormat.SEGMENT_BYTES, "segments");
    List<HotSegment> segments = new ArrayList<>(count);
    long end = 0;
    for (int i = 0; i < count; i++) {
      HotSegment segment = segment(i);
      ChunkLocation location = segment.location();
      if (location.offset() < end || location.offset() > pack.size() - location.stored()) {
        throw wrong(i, "lies at %d, of %s".formatted(location.offset(), pack));
      }
      end = location.offset() + location.stored();
      segments.add(segment);
    }
    if (in.hasRemaining()) {
      throw new CorruptException(name, "has %d bytes too many".formatted(in.remaining()));
    }
    return new HotMap(manifest, pack, segments);
  }

  /// A number of things of `bytes` each, which the file has room for.
  private int count(int bytes, String what) throws CorruptException {
    int count = in.getInt();
    if (count < 0 || count > in.remaining() / bytes) {
      throw new CorruptException(
          name, "says it has %d %s".formatted(Integer.toUnsignedLong(count), what));
    }
    return count;
  }

  private HotSegment segment(int number) throws CorruptException {
    ChunkLocation location =
        new ChunkLocation(new ChunkId(Digest.read(in)), 0, in.getLong(), in.getInt(), in.getInt());
    if (location.stored() < 1
        || location.stored() > ChunkFormat.MAX_STORED
        || location.length() < 1
        || location.length() > ChunkFormat.MAX_CONTENT) {
      throw wrong(number, "is impossible: " + location);
    }
    int pieces = count(HotMapFormat.PIECE_BYTES, "pieces");
    int hashes = in.getInt();
    if (hashes < 0 || hashes > in.remaining() / Digest.BYTES) {
      throw wrong(number, "says it has %d hashes".formatted(Integer.toUnsignedLong(hashes)));
    }
    List<HotPiece> held = pieces(number, pieces, location.length());
    byte[] proof = new byte[hashes * Digest.BYTES];
    in.get(proof);
    return new HotSegment(location, held, proof);
  }

  private List<HotPiece> pieces(int number, int count, int length) throws CorruptException {
    List<HotPiece> pieces = new ArrayList<>(count);
    Set<Integer> chunks = new HashSet<>();
    int lastChunk = -1;
    int lastEnd = 0;
    long most = 0;
    for (int i = 0; i < count; i++) {
      HotPiece piece = new HotPiece(in.getInt(), in.getInt(), in.getInt());
      if (piece.chunk() < 0
          || piece.first() < 0
          || piece.blocks() < 1
          || piece.first() > MAX_BLOCKS - piece.blocks()
          || (piece.chunk() == lastChunk ? lastEnd >= piece.first() : !chunks.add(piece.chunk()))) {
        throw wrong(number, "has the impossible " + piece);
      }
      most += (long) piece.blocks() * BlockTree.BLOCK;
      pieces.add(piece);
      lastChunk = piece.chunk();
      lastEnd = piece.end();
    }
    // Of each chunk the last block may be shorter.
    if (most < length || most - (long) chunks.size() * (BlockTree.BLOCK - 1) > length) {
      throw wrong(number, "has %d bytes, and %d pieces of others".formatted(length, count));
    }
    return pieces;
  }

  private CorruptException wrong(int segment, String detail) {
    return new CorruptException(name, "segment %d %s".formatted(segment, detail));
  }
}
