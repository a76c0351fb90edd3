package dev.sway.formats.hot;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexSession;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;

/// Verifies that a segment of a hot pack holds what the image has: that its pieces and its proof
/// lead to the roots in the image's index. For one thread at a time.
public final class HotVerifier {
  private final BlockTree tree = new BlockTree();

  /// Verifies `content` of `segment`.
  ///
  /// @param index of the image
  /// @param where names the hot pack in errors
  /// @throws CorruptException where the image has other content, or no hash trees
  public void verify(HotSegment segment, MemorySegment content, IndexSession index, String where)
      throws CorruptException {
    ByteBuffer proof = ByteBuffer.wrap(segment.proof());
    long done = 0;
    for (List<HotPiece> group : HotPiece.byChunk(segment.pieces())) {
      int chunk = group.getFirst().chunk();
      if (chunk >= index.chunks()) {
        throw new CorruptException(where, "has pieces of chunk %d, which is none".formatted(chunk));
      }
      int length = index.chunk(chunk).length();
      BitSet held = HotPiece.held(group);
      int bytes = bytes(group, length);
      if (held.length() > BlockTree.blocks(length) || bytes > content.byteSize() - done) {
        throw new CorruptException(
            where, "has pieces of chunk %d that it does not have".formatted(chunk));
      }
      Digest root = index.blockRoot(chunk);
      if (root == null
          || !tree.verify(length, held, content.asSlice(done, bytes), proof)
              .filter(root::equals)
              .isPresent()) {
        throw new CorruptException(
            where, "has other bytes of chunk %d than the image".formatted(chunk));
      }
      done += bytes;
    }
    if (done != content.byteSize() || proof.hasRemaining()) {
      throw new CorruptException(where, "has bytes that belong to no chunk");
    }
  }

  private static int bytes(List<HotPiece> group, int length) {
    return group.stream().mapToInt(piece -> piece.bytes(length)).sum();
  }
}
