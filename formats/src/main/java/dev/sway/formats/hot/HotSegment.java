package dev.sway.formats.hot;

import dev.sway.formats.index.ChunkLocation;
import java.util.List;

/// A chunk of a hot pack: the bytes of some pieces of the image's chunks, one after another.
/// Immutable.
///
/// @param location where it lies in the hot pack, whose ordinal is 0
/// @param pieces what it holds; those of a chunk follow one another, ascending and apart
/// @param proof hashes that lead from the pieces to the roots of their chunks' [BlockTree]s, of one
///   chunk after another; must not be changed
public record HotSegment(ChunkLocation location, List<HotPiece> pieces, byte[] proof) {
  public HotSegment {
    pieces = List.copyOf(pieces);
  }
}
