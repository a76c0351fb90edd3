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

  /// What differs from zstd's own parameters at the default level: matches from 4 bytes on, not 5,
  /// and a larger table of short ones. Measured on Debian root file systems, that makes chunks 1.1
  /// % smaller for a tenth more time (`docs/design/0007-chunk-sizes-and-level.md`).
  private static final int DEFAULT_MIN_MATCH = 4;

  private static final int DEFAULT_CHAIN_LOG = 17;

  /// The fastest level.
  public static final int MIN_LEVEL = 1;

  /// The smallest that a reader needs no more memory for than for any other.
  public static final int MAX_LEVEL = 19;

  private final ZstdCompressCtx zstd = new ZstdCompressCtx();
  private final MessageDigest sha256 = Digest.newSha256();

  /// @param level of zstd, [#MIN_LEVEL] to [#MAX_LEVEL]
  public ChunkEncoder(int level) {
    zstd.setLevel(level).setChecksum(true).setContentSize(true);
    if (level == DEFAULT_LEVEL) {
      zstd.setMinMatch(DEFAULT_MIN_MATCH).setChainLog(DEFAULT_CHAIN_LOG);
    }
  }

  /// The stored form of the first `length` bytes of `content`.
  public StoredChunk encode(byte[] content, int length) {
    return compress(identify(content, length), content, length);
  }

  /// The identity of the chunk that the first `length` bytes of `content` are.
  public ChunkId identify(byte[] content, int length) {
    Digest.update(sha256, content, 0, length);
    return new ChunkId(Digest.finish(sha256));
  }

  /// The stored form of the first `length` bytes of `content`, whose identity is `id`.
  public StoredChunk compress(ChunkId id, byte[] content, int length) {
    byte[] frame = new byte[Math.toIntExact(Zstd.compressBound(length))];
    int stored = zstd.compressByteArray(frame, 0, frame.length, content, 0, length);
    return new StoredChunk(id, Arrays.copyOf(frame, stored), length);
  }

  @Override
  public void close() {
    zstd.close();
  }
}
