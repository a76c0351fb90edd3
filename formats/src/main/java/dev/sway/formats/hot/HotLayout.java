package dev.sway.formats.hot;

import dev.sway.formats.chunk.BlockTree;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Lays the blocks that runs read out in segments, in the order of their first use, each block
/// once. Not thread-safe.
public final class HotLayout {
  /// A segment ends after the piece with which it has this much: some 80 KiB compressed, which take
  /// a millisecond at a gigabit a second, and zstd finds little more in a larger one.
  static final int SEGMENT_BYTES = 256 << 10;

  private final Map<Integer, BitSet> placed = new HashMap<>();
  private final List<List<HotPiece>> segments = new ArrayList<>();
  private Map<Integer, BitSet> segment = new LinkedHashMap<>();
  private int bytes;

  /// Bytes `from` to `to` of the content of a chunk come next; none where both are the same.
  ///
  /// @param length of all its content
  public void add(int chunk, int from, int to, int length) {
    BitSet known = placed.computeIfAbsent(chunk, _ -> new BitSet());
    int end = from < to ? Math.ceilDiv(to, BlockTree.BLOCK) : 0;
    for (int block = known.nextClearBit(from / BlockTree.BLOCK);
        block < end;
        block = known.nextClearBit(block)) {
      known.set(block);
      segment.computeIfAbsent(chunk, _ -> new BitSet()).set(block);
      bytes += BlockTree.bytes(block, 1, length);
      if (bytes >= SEGMENT_BYTES) {
        endSegment();
      }
    }
  }

  /// The pieces of each segment.
  public List<List<HotPiece>> segments() {
    if (!segment.isEmpty()) {
      endSegment();
    }
    return List.copyOf(segments);
  }

  private void endSegment() {
    List<HotPiece> pieces = new ArrayList<>();
    segment.forEach((chunk, blocks) -> {
      for (int first = blocks.nextSetBit(0); first >= 0; ) {
        int end = blocks.nextClearBit(first);
        pieces.add(new HotPiece(chunk, first, end - first));
        first = blocks.nextSetBit(end);
      }
    });
    segments.add(List.copyOf(pieces));
    segment = new LinkedHashMap<>();
    bytes = 0;
  }
}
