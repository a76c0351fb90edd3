package dev.sway.formats.chunk;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;

/// Decompresses chunks into arrays, and believes none that does not match its digest. Thread-safe.
/// Into native memory does [NativeChunkDecoder].
public final class ChunkDecoder {
  private ChunkDecoder() {}

  /// The content of a stored chunk.
  ///
  /// @param id what the content must hash to
  /// @param frame holds the zstd frame
  /// @param offset of the frame in it
  /// @param stored length of the frame
  /// @param length that the content must have; bounds the memory spent, whatever the frame says
  /// @param where names the source in errors
  /// @throws CorruptException where the frame is damaged or holds something else
  public static byte[] decode(
      ChunkId id, byte[] frame, int offset, int stored, int length, String where)
      throws CorruptException {
    byte[] content = new byte[length];
    long decoded;
    try {
      decoded = Zstd.decompressByteArray(content, 0, length, frame, offset, stored);
    } catch (ZstdException e) {
      throw damaged(id, where, e);
    }
    checkLength(id, decoded, length, where);
    checkDigest(id, Digest.of(content), where);
    return content;
  }

  static CorruptException damaged(ChunkId id, String where, ZstdException cause) {
    return new CorruptException(where, id + " is damaged: " + cause.getMessage(), cause);
  }

  static void checkLength(ChunkId id, long decoded, long length, String where)
      throws CorruptException {
    if (decoded != length) {
      throw new CorruptException(
          where, "%s has %d bytes of content, the index says %d".formatted(id, decoded, length));
    }
  }

  static void checkDigest(ChunkId id, Digest actual, String where) throws CorruptException {
    if (!actual.equals(id.digest())) {
      throw new CorruptException(
          where, "expected %s, found content with the digest %s".formatted(id, actual));
    }
  }
}
