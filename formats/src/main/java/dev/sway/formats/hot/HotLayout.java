package dev.sway.formats.hot;

import dev.sway.formats.chunk.BlockTree;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Lays the blocks that runs read out in segments, in the order of their first use, each block
/// once, as many as a hot pack and its map have room for. Not thread-safe.
public final class HotLayout {
  /// A segment has this much at most: some 80 KiB compressed, which take a millisecond at a gigabit
  /// a second. A byte more, and zstd takes its parameters for larger content, which find 8 % less
  /// at the level that is used.
  static final int SEGMENT_BYTES = 256 << 10;

  /// More content than a start needs, and half of what a hot pack may have: it has room for this
  /// also where nothing can be compressed.
  static final long MOST_BYTES = HotMapFormat.MAX_PACK_BYTES / 2;

  private final long mostBytes;
  private final long mostMapBytes;
  private final Map<Integer, BitSet> placed = new HashMap<>();
  private final List<List<HotPiece>> segments = new ArrayList<>();
  private final Map<Integer, Group> segment = new LinkedHashMap<>();
  private int bytes;
  private long bytesInAll;
  private long mapBytes = HotMapFormat.HEADER_BYTES + HotMapFormat.CRC_BYTES;
  private boolean full;

  /// What a segment has of a chunk.
  ///
  /// @param held the blocks
  /// @param blocks that the chunk has in all
  private record Group(BitSet held, int blocks) {}

  public HotLayout() {
    this(MOST_BYTES, HotMapFormat.MAX_BYTES);
  }

  /// @param mostBytes of content, with less than a block more
  /// @param mostMapBytes of the map
  HotLayout(long mostBytes, long mostMapBytes) {
    this.mostBytes = mostBytes;
    this.mostMapBytes = mostMapBytes;
  }

  /// Bytes `from` to `to` of the content of a chunk come next, as far as there is room for them;
  /// none where both are the same.
  ///
  /// @param length of all its content
  public void add(int chunk, int from, int to, int length) {
    BitSet known = placed.computeIfAbsent(chunk, _ -> new BitSet());
    int end = from < to ? Math.ceilDiv(to, BlockTree.BLOCK) : 0;
    for (int block = known.nextClearBit(from / BlockTree.BLOCK);
        block < end && !full;
        block = known.nextClearBit(block)) {
      int count = BlockTree.bytes(block, 1, length);
      if (bytes + count > SEGMENT_BYTES) {
        endSegment();
        if (full) {
          break;
        }
      }
      known.set(block);
      segment
          .computeIfAbsent(chunk, _ -> new Group(new BitSet(), BlockTree.blocks(length)))
          .held()
          .set(block);
      bytes += count;
      bytesInAll += count;
      if (bytes == SEGMENT_BYTES) {
        endSegment();
      }
      full |= bytesInAll >= mostBytes;
    }
  }

  /// Whether there is no room for more. What came last may have been left out then.
  public boolean isFull() {
    return full;
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
    int hashes = 0;
    for (Map.Entry<Integer, Group> chunk : segment.entrySet()) {
      BitSet held = chunk.getValue().held();
      for (int first = held.nextSetBit(0); first >= 0; ) {
        int end = held.nextClearBit(first);
        pieces.add(new HotPiece(chunk.getKey(), first, end - first));
        first = held.nextSetBit(end);
      }
      hashes += BlockTree.hashes(held, chunk.getValue().blocks());
    }
    segment.clear();
    bytes = 0;
    long more = HotMapFormat.segmentBytes(pieces.size(), hashes);
    if (mapBytes + more > mostMapBytes) {
      full = true;
    } else {
      mapBytes += more;
      segments.add(List.copyOf(pieces));
    }
  }
}
