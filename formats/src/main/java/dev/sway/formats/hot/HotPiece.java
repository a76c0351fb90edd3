package dev.sway.formats.hot;

import dev.sway.formats.chunk.BlockTree;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Neighbouring blocks of a chunk.
///
/// @param chunk its ordinal in the image's index
/// @param first number of the first block in the chunk
/// @param blocks how many, at least 1
public record HotPiece(int chunk, int first, int blocks) {
  /// How many bytes that are of a chunk whose content has `length` bytes.
  public int bytes(int length) {
    return BlockTree.bytes(first, blocks, length);
  }

  /// The number of the block behind it.
  public int end() {
    return first + blocks;
  }

  /// The pieces of each chunk; those of one follow one another.
  static List<List<HotPiece>> byChunk(List<HotPiece> pieces) {
    List<List<HotPiece>> groups = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= pieces.size(); i++) {
      if (i == pieces.size() || pieces.get(i).chunk() != pieces.get(from).chunk()) {
        groups.add(pieces.subList(from, i));
        from = i;
      }
    }
    return groups;
  }

  /// The numbers of the blocks that pieces of one chunk have.
  static BitSet held(List<HotPiece> group) {
    BitSet held = new BitSet();
    group.forEach(piece -> held.set(piece.first(), piece.end()));
    return held;
  }
}
