package dev.sway.formats.hot;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ContentProof;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.BlocksId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexSession;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the content of a segment of a hot pack must be: its pieces and its proof lead to the roots
/// that the image's own index has. The map has no say in it, and neither has the segment's digest.
///
/// Two have the same id where they are about the same blocks of chunks with the same roots and
/// lengths, whatever the images, and whatever the proofs. Immutable, and thread-safe.
public final class HotProof implements ContentProof {
  private final HotSegment segment;

  /// Of each group's chunk, the content's length ...
  private final int[] lengths;

  /// ... and the root; null where the index has none.
  private final @Nullable Digest[] roots;

  /// Of all that makes the content what it is.
  private final BlocksId id;

  private HotProof(HotSegment segment, int[] lengths, @Nullable Digest[] roots) {
    this.segment = segment;
    this.lengths = lengths;
    this.roots = roots;
    id = id(HotPiece.byChunk(segment.pieces()), lengths, roots);
  }

  /// What an index says of a chunk.
  private record Facts(int length, @Nullable Digest root) {}

  /// What `segment` must hold.
  ///
  /// @param index of the image
  /// @param where names the hot pack in errors
  /// @throws CorruptException where the image has no such chunks, or no such blocks in them
  public static HotProof of(HotSegment segment, IndexSession index, String where)
      throws CorruptException {
    return of(segment, index, new HashMap<>(), where);
  }

  /// What each of `segments` must hold, in their order. What the index says of a chunk is there
  /// once, however many pieces of it they have.
  ///
  /// @param index of the image
  /// @param where names the hot pack in errors
  /// @throws CorruptException where the image has no such chunks, or no such blocks in them
  public static List<HotProof> all(List<HotSegment> segments, IndexSession index, String where)
      throws CorruptException {
    Map<Integer, Facts> known = new HashMap<>();
    List<HotProof> proofs = new ArrayList<>(segments.size());
    for (HotSegment segment : segments) {
      proofs.add(of(segment, index, known, where));
    }
    return proofs;
  }

  private static HotProof of(
      HotSegment segment, IndexSession index, Map<Integer, Facts> known, String where)
      throws CorruptException {
    List<List<HotPiece>> groups = HotPiece.byChunk(segment.pieces());
    int[] lengths = new int[groups.size()];
    @Nullable Digest[] roots = new @Nullable Digest[groups.size()];
    for (int i = 0; i < lengths.length; i++) {
      int chunk = groups.get(i).getFirst().chunk();
      Facts facts = known.get(chunk);
      if (facts == null) {
        facts = facts(chunk, index, where);
        known.put(chunk, facts);
      }
      if (groups.get(i).getLast().end() > BlockTree.blocks(facts.length())) {
        throw notThere(chunk, where);
      }
      lengths[i] = facts.length();
      roots[i] = facts.root();
    }
    return new HotProof(segment, lengths, roots);
  }

  private static Facts facts(int chunk, IndexSession index, String where) throws CorruptException {
    if (chunk >= index.chunks()) {
      throw new CorruptException(where, "has pieces of chunk %d, which is none".formatted(chunk));
    }
    return new Facts(index.chunk(chunk).length(), index.blockRoot(chunk));
  }

  private static BlocksId id(List<List<HotPiece>> groups, int[] lengths, @Nullable Digest[] roots) {
    MessageDigest sha256 = Digest.newSha256();
    ByteBuffer numbers = ByteBuffer.allocate(2 * Integer.BYTES);
    for (int i = 0; i < lengths.length; i++) {
      Digest root = roots[i];
      sha256.update(root == null ? new byte[Digest.BYTES] : root.bytes());
      add(sha256, numbers, lengths[i], groups.get(i).size());
      for (HotPiece piece : groups.get(i)) {
        add(sha256, numbers, piece.first(), piece.blocks());
      }
    }
    return new BlocksId(Digest.finish(sha256));
  }

  private static void add(MessageDigest sha256, ByteBuffer numbers, int first, int second) {
    sha256.update(numbers.clear().putInt(first).putInt(second).flip());
  }

  @Override
  public BlocksId id() {
    return id;
  }

  @Override
  public void verify(MemorySegment content, BlockTree tree, String where) throws CorruptException {
    ByteBuffer proof = ByteBuffer.wrap(segment.proof());
    List<List<HotPiece>> groups = HotPiece.byChunk(segment.pieces());
    long done = 0;
    for (int i = 0; i < lengths.length; i++) {
      List<HotPiece> group = groups.get(i);
      int chunk = group.getFirst().chunk();
      int length = lengths[i];
      BitSet held = HotPiece.held(group);
      int bytes = bytes(group, length);
      if (bytes > content.byteSize() - done) {
        throw notThere(chunk, where);
      }
      Digest root = roots[i];
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

  private static CorruptException notThere(int chunk, String where) {
    return new CorruptException(
        where, "has pieces of chunk %d that it does not have".formatted(chunk));
  }

  private static int bytes(List<HotPiece> group, int length) {
    return group.stream().mapToInt(piece -> piece.bytes(length)).sum();
  }
}
