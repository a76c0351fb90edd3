package dev.sway.formats.chunk;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import java.security.MessageDigest;
import java.util.Arrays;

/// Compresses and identifies chunks. Owns native memory until closed; one thread at a time.
public final class ChunkEncoder implements AutoCloseable {
  /// The level used unless told otherwise.
  public static final int DEFAULT_LEVEL = 3;

  private final ZstdCompressCtx zstd = new ZstdCompressCtx();
  private final MessageDigest sha256 = Digest.newSha256();

  /// @param level of zstd, 1 to 19
  public ChunkEncoder(int level) {
    zstd.setLevel(level).setChecksum(true).setContentSize(true);
  }

  /// The stored form of the first `length` bytes of `content`.
  public StoredChunk encode(byte[] content, int length) {
    sha256.update(content, 0, length);
    ChunkId id = new ChunkId(Digest.finish(sha256));
    byte[] frame = new byte[Math.toIntExact(Zstd.compressBound(length))];
    int stored = zstd.compressByteArray(frame, 0, frame.length, content, 0, length);
    return new StoredChunk(id, Arrays.copyOf(frame, stored), length);
  }

  @Override
  public void close() {
    zstd.close();
  }
}
