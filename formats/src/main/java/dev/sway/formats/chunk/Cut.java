package dev.sway.formats.chunk;

import dev.sway.formats.id.ChunkId;

/// A chunk that a file is thought to have, because one like it had it in an earlier image.
///
/// @param id of the content that it had there
/// @param length of it in bytes, 1 to [ChunkFormat#MAX_CUT]
public record Cut(ChunkId id, int length) {
  public Cut {
    if (!isPossible(length)) {
      throw new IllegalArgumentException("a chunk of " + length + " bytes");
    }
  }

  /// Whether a large file may have a chunk of `length` bytes.
  public static boolean isPossible(long length) {
    return length >= 1 && length <= ChunkFormat.MAX_CUT;
  }
}
