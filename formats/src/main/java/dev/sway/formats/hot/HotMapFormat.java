package dev.sway.formats.hot;

import dev.sway.formats.id.Digest;
import java.nio.charset.StandardCharsets;

/// The map of a hot pack. All integers are little-endian and unsigned.
///
/// ```
/// map     := "SWAYHOTM", u32 version, 32 bytes digest of the image's manifest, 32 bytes digest of the hot pack, u64 its size,
///            u32 number of segments, segment*, u32 CRC-32C of all before
/// segment := 32 bytes SHA-256 of its content, u64 offset of its frame in the hot pack, u32 length of the frame, u32 length of its content,
///            u32 number of pieces, u32 number of hashes, piece*, hash*
/// piece   := u32 chunk, u32 first block, u32 blocks
/// hash    := 32 bytes, as a proof of [dev.sway.formats.chunk.BlockTree] has them
/// ```
///
/// A segment's content is the bytes of its pieces, one after another. Pieces of a chunk follow one
/// another and ascend; a chunk has one such group in a segment. Its hashes are the proofs of these
/// groups, in order.
///
/// Versions: 1 is the first and only one.
public final class HotMapFormat {
  /// The version written, and the newest read.
  public static final int VERSION = 1;

  /// The oldest version read.
  public static final int OLDEST_VERSION = 1;

  /// The longest map in bytes.
  public static final int MAX_BYTES = 8 << 20;

  /// The largest hot pack in bytes: the most content that a worker prefetches, as it is.
  public static final long MAX_PACK_BYTES = 512L << 20;

  static final byte[] SIGNATURE = "SWAYHOTM".getBytes(StandardCharsets.US_ASCII);
  static final int HEADER_BYTES = 8 + 4 + 2 * Digest.BYTES + 8 + 4;
  static final int SEGMENT_BYTES = Digest.BYTES + 8 + 4 * 4;
  static final int PIECE_BYTES = 3 * 4;
  static final int CRC_BYTES = 4;

  /// How many bytes of a map a segment with so many pieces and hashes takes.
  static long segmentBytes(int pieces, int hashes) {
    return SEGMENT_BYTES + (long) pieces * PIECE_BYTES + (long) hashes * Digest.BYTES;
  }

  private HotMapFormat() {}
}
