package dev.sway.formats.chunk;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/// Decompresses chunks straight into native memory, and believes none that does not match its
/// digest, or its proof. Owns native memory until closed; one thread at a time. Closing is
/// idempotent.
public final class NativeChunkDecoder implements AutoCloseable {
  /// What is hashed is copied to the heap in pieces of this size: SHA-256 takes arrays only, and
  /// what the JDK does with a direct buffer costs more (`docs/design/0013-read-path.md`).
  private static final int SLICE = 1 << 14;

  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private final MessageDigest sha256 = Digest.newSha256();
  private final byte[] slice = new byte[SLICE];
  private final BlockTree tree = new BlockTree();

  /// Fills `content` with the content of a stored chunk. Where that fails, its bytes are arbitrary.
  ///
  /// @param id what the content must hash to
  /// @param frame the zstd frame, in native memory or in an array; not read-only
  /// @param content native memory of exactly the length that the content must have, whatever the
  ///   frame says
  /// @param where names the source in errors
  /// @throws CorruptException where the frame is damaged or holds something else
  public void decode(ChunkId id, MemorySegment frame, MemorySegment content, String where)
      throws CorruptException {
    decompress(id, frame, content, where);
    ChunkDecoder.checkDigest(id, digest(content), where);
  }

  /// Likewise, where `proof` tells what the content must be. The digest is computed only where it
  /// is something else.
  ///
  /// @throws CorruptException where the frame is damaged or holds something else
  /// @throws UnprovenException where it holds what `id` says, and `proof` lies or says something
  ///   else
  public void decode(
      ChunkId id, ContentProof proof, MemorySegment frame, MemorySegment content, String where)
      throws CorruptException, UnprovenException {
    decompress(id, frame, content, where);
    try {
      proof.verify(content, tree, where);
    } catch (CorruptException e) {
      if (digest(content).equals(id.digest())) {
        throw new UnprovenException(e);
      }
      throw e;
    }
  }

  private void decompress(ChunkId id, MemorySegment frame, MemorySegment content, String where)
      throws CorruptException {
    long decoded;
    try {
      decoded = decompress(frame.asByteBuffer(), content.asByteBuffer());
    } catch (ZstdException e) {
      throw ChunkDecoder.damaged(id, where, e);
    }
    ChunkDecoder.checkLength(id, decoded, content.byteSize(), where);
  }

  private int decompress(ByteBuffer frame, ByteBuffer content) {
    if (frame.isDirect()) {
      return zstd.decompressDirectByteBuffer(
          content, 0, content.capacity(), frame, 0, frame.capacity());
    }
    return zstd.decompressByteArrayToDirectByteBuffer(
        content, 0, content.capacity(), frame.array(), frame.arrayOffset(), frame.capacity());
  }

  private Digest digest(MemorySegment content) {
    long length = content.byteSize();
    for (long done = 0; done < length; done += SLICE) {
      int count = (int) Math.min(SLICE, length - done);
      MemorySegment.copy(content, ValueLayout.JAVA_BYTE, done, slice, 0, count);
      sha256.update(slice, 0, count);
    }
    return Digest.finish(sha256);
  }

  @Override
  public void close() {
    zstd.close();
  }
}
