package dev.sway.formats.hot;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// What the map of a hot pack may say: readers refuse what breaks these rules, and writers do not
/// write it. What only the image knows is [HotProof]'s. For one map, whose segments come one after
/// another; not thread-safe.
final class HotMapRules {
  private static final int MAX_BLOCKS = BlockTree.blocks(ChunkFormat.MAX_CONTENT);

  private final PackReference pack;
  private int segments;
  private long end;

  /// @param pack that the map is of
  HotMapRules(PackReference pack) {
    this.pack = pack;
  }

  /// The first thing that is wrong with `map`.
  static Optional<String> problem(HotMap map) {
    HotMapRules rules = new HotMapRules(map.pack());
    Optional<String> problem = rules.ofPack();
    for (int i = 0; i < map.segments().size() && problem.isEmpty(); i++) {
      problem = rules.ofNext(map.segments().get(i));
    }
    return problem;
  }

  /// What is wrong with what it says of the hot pack as a whole.
  Optional<String> ofPack() {
    return pack.size() < 1 || pack.size() > HotMapFormat.MAX_PACK_BYTES
        ? Optional.of("names a hot pack of %d bytes".formatted(pack.size()))
        : Optional.empty();
  }

  /// What is wrong with the next segment.
  Optional<String> ofNext(HotSegment segment) {
    int number = segments++;
    return problem(segment).map(problem -> "segment %d %s".formatted(number, problem));
  }

  private Optional<String> problem(HotSegment segment) {
    ChunkLocation location = segment.location();
    if (location.stored() < 1
        || location.stored() > ChunkFormat.MAX_STORED
        || location.length() < 1
        || location.length() > ChunkFormat.MAX_CONTENT
        || location.pack() != 0) {
      return Optional.of("is impossible: " + location);
    }
    if (segment.proof().length % Digest.BYTES != 0) {
      return Optional.of("has a proof of %d bytes".formatted(segment.proof().length));
    }
    Optional<String> pieces = ofPieces(segment);
    if (pieces.isPresent()) {
      return pieces;
    }
    if (location.offset() < end || location.offset() > pack.size() - location.stored()) {
      return Optional.of("lies at %d, of %s".formatted(location.offset(), pack));
    }
    end = location.offset() + location.stored();
    return Optional.empty();
  }

  private static Optional<String> ofPieces(HotSegment segment) {
    Set<Integer> chunks = new HashSet<>();
    int lastChunk = -1;
    int lastEnd = 0;
    long most = 0;
    for (HotPiece piece : segment.pieces()) {
      if (piece.chunk() < 0
          || piece.first() < 0
          || piece.blocks() < 1
          || piece.first() > MAX_BLOCKS - piece.blocks()
          || (piece.chunk() == lastChunk ? lastEnd >= piece.first() : !chunks.add(piece.chunk()))) {
        return Optional.of("has the impossible " + piece);
      }
      most += (long) piece.blocks() * BlockTree.BLOCK;
      lastChunk = piece.chunk();
      lastEnd = piece.end();
    }
    int length = segment.location().length();
    // Of each chunk the last block may be shorter.
    return most < length || most - (long) chunks.size() * (BlockTree.BLOCK - 1) > length
        ? Optional.of(
            "has %d bytes, and %d pieces of others".formatted(length, segment.pieces().size()))
        : Optional.empty();
  }
}
