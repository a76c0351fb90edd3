package dev.sway.formats.index;

import dev.sway.formats.id.ContentId;

/// A chunk and the pack that has it. The frame lies within the pack.
///
/// @param chunk where in the pack it lies
/// @param pack that has it
/// @param content what is in it; the chunk's own id, unless something else is known of it
public record ChunkPlace(ChunkLocation chunk, PackReference pack, ContentId content) {
  /// A chunk that is known by its digest.
  public ChunkPlace(ChunkLocation chunk, PackReference pack) {
    this(chunk, pack, chunk.id());
  }
}
