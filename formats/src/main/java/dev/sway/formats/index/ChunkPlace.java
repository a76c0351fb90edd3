package dev.sway.formats.index;

import dev.sway.formats.chunk.ContentProof;
import dev.sway.formats.id.ContentId;
import org.jspecify.annotations.Nullable;

/// A chunk and the pack that has it. The frame lies within the pack.
///
/// @param chunk where in the pack it lies
/// @param pack that has it
/// @param proof what is in it, where that is not told by the chunk's digest: a segment of a hot
///   pack
public record ChunkPlace(ChunkLocation chunk, PackReference pack, @Nullable ContentProof proof) {
  /// A chunk that is known by its digest.
  public ChunkPlace(ChunkLocation chunk, PackReference pack) {
    this(chunk, pack, null);
  }

  /// What is in it.
  public ContentId content() {
    return proof == null ? chunk.id() : proof.id();
  }
}
