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
  /// @throws IllegalArgumentException where that has more than [HotMapFormat#MAX_BYTES]
  public static byte[] write(HotMap map) {
    long size = HotMapFormat.HEADER_BYTES + HotMapFormat.CRC_BYTES;
    for (HotSegment segment : map.segments()) {
      size +=
          HotMapFormat.SEGMENT_BYTES
              + (long) segment.pieces().size() * HotMapFormat.PIECE_BYTES
              + segment.proof().length;
    }
    if (size > HotMapFormat.MAX_BYTES) {
      throw new IllegalArgumentException("the map of a hot pack has %d bytes".formatted(size));
    }
    ByteBuffer out = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
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
