package dev.sway.formats.pack;

import dev.sway.formats.id.Digest;

/// A pack: many chunks in one file, and a table of them at its end. All integers are little-endian
/// and unsigned.
///
/// ```
/// pack    := frame* table trailer
/// frame   := one zstd frame for each chunk, in the table's order, without gaps
/// table   := u32 0x184D2A5A, u32 length = 40 * chunks, entry*          (a zstd skippable frame)
/// entry   := 32 bytes SHA-256 of the content, u32 stored length, u32 content length
/// trailer := u32 0x184D2A5B, u32 length = 60, payload                   (a zstd skippable frame, the file's last 68 bytes)
/// payload := "SWAYPACK", u32 version, u32 chunks, u64 table offset, 32 bytes SHA-256 of the entries, u32 CRC-32C of the 56 bytes before
/// ```
///
/// A chunk's offset is the sum of the stored lengths before it; the table's offset is the sum of
/// all. `zstd -t` checks a pack, `zstd -dc` prints its chunks' content: decoders skip skippable
/// frames (RFC 8878, 3.1.2).
///
/// Versions: 1 is the first and only one.
public final class PackFormat {
  /// The version written, and the newest read.
  public static final int VERSION = 1;

  /// The oldest version read.
  public static final int OLDEST_VERSION = 1;

  static final int TABLE_MAGIC = 0x184D2A5A;
  static final int TRAILER_MAGIC = 0x184D2A5B;
  static final byte[] SIGNATURE = {'S', 'W', 'A', 'Y', 'P', 'A', 'C', 'K'};

  static final int FRAME_HEADER_BYTES = 8;
  static final int ENTRY_BYTES = Digest.BYTES + 4 + 4;
  static final int TRAILER_PAYLOAD_BYTES = 8 + 4 + 4 + 8 + Digest.BYTES + 4;
  static final int TRAILER_BYTES = FRAME_HEADER_BYTES + TRAILER_PAYLOAD_BYTES;

  /// The most chunks of one pack, which bounds the table to 40 MiB.
  static final int MAX_CHUNKS = 1 << 20;

  /// A pack of this size or more ends after the next chunk whose digest's first byte is a multiple
  /// of [#END_ODDS], so that a change in one place changes one pack and the ones after it are cut
  /// as before.
  static final long MIN_PACK = 16L << 20;

  /// A pack of this size ends, whatever its last chunk.
  static final long MAX_PACK = 64L << 20;

  static final int END_ODDS = 64;

  private PackFormat() {}
}
