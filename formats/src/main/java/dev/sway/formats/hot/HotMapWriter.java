package dev.sway.formats.hot;

import dev.sway.formats.id.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Writes maps of hot packs as [HotMapFormat] says.
public final class HotMapWriter {
  private HotMapWriter() {}

  /// The file of `map`.
  ///
  /// @throws IllegalArgumentException where that has more than [HotMapFormat#MAX_BYTES], or no
  ///   reader would take it
  public static byte[] write(HotMap map) {
    check(map);
    return encode(map);
  }

  /// Checks that readers take `map`.
  ///
  /// @throws IllegalArgumentException where they do not
  static void check(HotMap map) {
    HotMapRules.problem(map)
        .ifPresent(problem -> {
          throw new IllegalArgumentException("the map of a hot pack " + problem);
        });
    long size = bytes(map);
    if (size > HotMapFormat.MAX_BYTES) {
      throw new IllegalArgumentException("the map of a hot pack has %d bytes".formatted(size));
    }
  }

  private static long bytes(HotMap map) {
    long bytes = HotMapFormat.HEADER_BYTES + HotMapFormat.CRC_BYTES;
    for (HotSegment segment : map.segments()) {
      bytes +=
          HotMapFormat.segmentBytes(segment.pieces().size(), segment.proof().length / Digest.BYTES);
    }
    return bytes;
  }

  /// The same, whatever `map` says.
  static byte[] encode(HotMap map) {
    ByteBuffer out = ByteBuffer.allocate((int) bytes(map)).order(ByteOrder.LITTLE_ENDIAN);
    out.put(HotMapFormat.SIGNATURE).putInt(HotMapFormat.VERSION);
    map.manifest().write(out);
    map.pack().digest().write(out);
    out.putLong(map.pack().size()).putInt(map.segments().size());
    map.segments().forEach(segment -> write(segment, out));
    CRC32C crc = new CRC32C();
    crc.update(out.array(), 0, out.position());
    return out.putInt((int) crc.getValue()).array();
  }

  private static void write(HotSegment segment, ByteBuffer out) {
    segment.location().id().digest().write(out);
    out.putLong(segment.location().offset())
        .putInt(segment.location().stored())
        .putInt(segment.location().length())
        .putInt(segment.pieces().size())
        .putInt(segment.proof().length / Digest.BYTES);
    for (HotPiece piece : segment.pieces()) {
      out.putInt(piece.chunk()).putInt(piece.first()).putInt(piece.blocks());
    }
    out.put(segment.proof());
  }
}
