package dev.sway.formats.image;

import dev.sway.formats.chunk.ChunkEncoder;

/// How an image is built.
///
/// @param threads that compress, at least 1; they change nothing of the result
/// @param level of zstd, [ChunkEncoder#MIN_LEVEL] to [ChunkEncoder#MAX_LEVEL]
/// @param known finds what is stored already and is not to be stored again
public record BuildOptions(int threads, int level, KnownImages known) {
  public BuildOptions {
    if (threads < 1 || level < ChunkEncoder.MIN_LEVEL || level > ChunkEncoder.MAX_LEVEL) {
      throw new IllegalArgumentException("threads " + threads + ", level " + level);
    }
  }

  /// With chunks that are known before.
  public BuildOptions(int threads, int level, KnownChunks known) {
    this(threads, level, () -> known);
  }

  /// The default level, and nothing known.
  public static BuildOptions plain(int threads) {
    return new BuildOptions(threads, ChunkEncoder.DEFAULT_LEVEL, new KnownChunks());
  }
}
