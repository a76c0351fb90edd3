package dev.sway.formats.hot;

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
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Reads maps of hot packs as [HotMapFormat] says, and refuses what cannot be one ([HotMapRules]).
/// What it cannot know is whether the image has such chunks, and such blocks in them: [HotProof]
/// does.
public final class HotMapReader {
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
    HotMapRules rules = new HotMapRules(pack);
    check(rules.ofPack());
    int count = count(HotMapFormat.SEGMENT_BYTES, "segments");
    List<HotSegment> segments = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      HotSegment segment = segment(i);
      check(rules.ofNext(segment));
      segments.add(segment);
    }
    if (in.hasRemaining()) {
      throw new CorruptException(name, "has %d bytes too many".formatted(in.remaining()));
    }
    return new HotMap(manifest, pack, segments);
  }

  private void check(Optional<String> problem) throws CorruptException {
    if (problem.isPresent()) {
      throw new CorruptException(name, problem.get());
    }
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
    int count = count(HotMapFormat.PIECE_BYTES, "pieces");
    int hashes = in.getInt();
    if (hashes < 0 || hashes > in.remaining() / Digest.BYTES) {
      throw new CorruptException(
          name,
          "segment %d says it has %d hashes".formatted(number, Integer.toUnsignedLong(hashes)));
    }
    List<HotPiece> pieces = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      pieces.add(new HotPiece(in.getInt(), in.getInt(), in.getInt()));
    }
    byte[] proof = new byte[hashes * Digest.BYTES];
    in.get(proof);
    return new HotSegment(location, pieces, proof);
  }
}
