package dev.sway.lazyfsd.cache;

import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;

/// A frame that somebody wants.
///
/// @param chunk where in the pack it lies, and what is in it
/// @param pack that has it
public record FrameReference(ChunkLocation chunk, PackReference pack) {
  /// Where in the pack it ends.
  long end() {
    return chunk.offset() + chunk.stored();
  }
}
