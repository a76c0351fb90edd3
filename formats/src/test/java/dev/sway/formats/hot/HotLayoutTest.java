package dev.sway.formats.hot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.fixture.Randomized;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HotLayoutTest {
  private static final int BLOCK = BlockTree.BLOCK;
  private static final int SEGMENT = 256 << 10;
  private static final int LENGTH = 1 << 20;

  private final HotLayout layout = new HotLayout();

  @Test
  void nothingHasNoSegments() {
    assertThat(layout.segments()).isEmpty();
  }

  @Test
  void chunksComeInTheOrderOfTheirFirstUse() {
    layout.add(7, 0, 1, LENGTH);
    layout.add(3, 5 * BLOCK, 6 * BLOCK, LENGTH);
    layout.add(7, 9 * BLOCK, 10 * BLOCK, LENGTH);
    assertThat(layout.segments())
        .containsExactly(
            List.of(new HotPiece(7, 0, 1), new HotPiece(7, 9, 1), new HotPiece(3, 5, 1)));
  }

  @Test
  void everyBlockThatIsTouchedIsThereOnce() {
    layout.add(0, BLOCK - 1, BLOCK + 1, LENGTH);
    layout.add(0, 0, BLOCK, LENGTH);
    layout.add(0, 3 * BLOCK, 4 * BLOCK, LENGTH);
    layout.add(0, 0, 3 * BLOCK, LENGTH);
    assertThat(layout.segments()).containsExactly(List.of(new HotPiece(0, 0, 4)));
  }

  @Test
  void noBytesTakeNoBlock() {
    layout.add(0, 0, 0, LENGTH);
    layout.add(0, 5, 5, LENGTH);
    layout.add(0, BLOCK, BLOCK, LENGTH);
    assertThat(layout.segments()).isEmpty();
  }

  @Test
  void aSegmentEndsWhereItIsFull() {
    layout.add(0, 0, LENGTH, LENGTH);
    layout.add(1, 0, BLOCK, LENGTH);
    assertThat(layout.segments())
        .containsExactly(
            List.of(new HotPiece(0, 0, 64)),
            List.of(new HotPiece(0, 64, 64)),
            List.of(new HotPiece(0, 128, 64)),
            List.of(new HotPiece(0, 192, 64)),
            List.of(new HotPiece(1, 0, 1)));
  }

  @Test
  void theLastBlockOfAChunkCountsForWhatItHas() {
    int length = SEGMENT - 2 * BLOCK + 1;
    layout.add(0, 0, length, length);
    layout.add(1, 0, BLOCK, LENGTH);
    layout.add(2, 0, BLOCK, LENGTH);
    List<List<HotPiece>> segments = layout.segments();
    assertThat(segments)
        .containsExactly(
            List.of(new HotPiece(0, 0, 63), new HotPiece(1, 0, 1)), List.of(new HotPiece(2, 0, 1)));
    assertThat(segments.getFirst().getFirst().bytes(length)).isEqualTo(length);
  }

  @Test
  void aLayoutEndsWhereTheHotPackIsFull() {
    HotLayout small = new HotLayout(SEGMENT + BLOCK, Long.MAX_VALUE);
    small.add(0, 0, SEGMENT, LENGTH);
    assertThat(small.isFull()).isFalse();
    small.add(1, 0, 2 * BLOCK, LENGTH);
    assertThat(small.isFull()).isTrue();
    small.add(2, 0, BLOCK, LENGTH);
    assertThat(small.segments())
        .containsExactly(List.of(new HotPiece(0, 0, 64)), List.of(new HotPiece(1, 0, 1)));
  }

  /// A block of the largest chunk takes a piece and ten hashes.
  @Test
  void aLayoutEndsWhereTheMapIsFull() {
    int segmentBytes = 56 + 64 * (12 + 10 * 32);
    int count = (HotMapFormat.MAX_BYTES - 92) / segmentBytes;
    for (int i = 0; i <= 64 * count; i++) {
      layout.add(i, 0, 1, ChunkFormat.MAX_CONTENT);
    }
    assertThat(layout.isFull()).isFalse();
    for (int i = 1; i < 64; i++) {
      layout.add(64 * count + i, 0, 1, ChunkFormat.MAX_CONTENT);
    }
    assertThat(layout.isFull()).isTrue();
    layout.add(0, BLOCK, BLOCK + 1, ChunkFormat.MAX_CONTENT);
    assertThat(layout.segments()).hasSize(count);
  }

  @Test
  void noMoreIsLaidOutThanAHotPackMayHave() {
    int chunks = (int) (HotMapFormat.MAX_PACK_BYTES / ChunkFormat.MAX_CONTENT);
    for (int i = 0; i < chunks; i++) {
      layout.add(i, 0, ChunkFormat.MAX_CONTENT, ChunkFormat.MAX_CONTENT);
    }
    assertThat(layout.isFull()).isTrue();
    assertThat((long) layout.segments().size() * SEGMENT).isEqualTo(HotLayout.MOST_BYTES);
  }

  @Test
  void askedTwiceItAnswersTheSame() {
    layout.add(0, 0, 1, LENGTH);
    assertThat(layout.segments()).isEqualTo(layout.segments()).hasSize(1);
  }

  @Test
  void anyReadsAreLaidOutWholeAndInOrder() {
    Randomized.forSeeds(
        200,
        random -> {
          HotLayout any = new HotLayout();
          Map<Integer, Integer> lengths = new HashMap<>();
          Set<Long> touched = new LinkedHashSet<>();
          for (int i = random.nextInt(30); i > 0; i--) {
            int chunk = random.nextInt(6);
            int length = lengths.computeIfAbsent(chunk, _ -> 1 + random.nextInt(LENGTH));
            int from = random.nextInt(length);
            int to = from + 1 + random.nextInt(length - from);
            any.add(chunk, from, to, length);
            for (int block = from / BLOCK; block * BLOCK < to; block++) {
              touched.add(key(chunk, block));
            }
          }

          List<List<HotPiece>> segments = any.segments();
          List<Set<Long>> laid = new ArrayList<>();
          for (int i = 0; i < segments.size(); i++) {
            laid.add(checked(segments.get(i), lengths, i == segments.size() - 1));
          }
          // Segment by segment it is what was touched next.
          List<Long> order = new ArrayList<>(touched);
          int at = 0;
          for (Set<Long> segment : laid) {
            assertThat(segment)
                .containsExactlyInAnyOrderElementsOf(order.subList(at, at + segment.size()));
            at += segment.size();
          }
          assertThat(at).isEqualTo(order.size());
        });
  }

  /// The blocks of a segment, each once, whose pieces are as a map has them.
  private static Set<Long> checked(
      List<HotPiece> pieces, Map<Integer, Integer> lengths, boolean last) {
    Set<Long> blocks = new HashSet<>();
    int bytes = 0;
    Set<Integer> chunks = new HashSet<>();
    for (List<HotPiece> group : HotPiece.byChunk(pieces)) {
      assertThat(chunks.add(group.getFirst().chunk())).as("one group for each chunk").isTrue();
      int end = -1;
      for (HotPiece piece : group) {
        assertThat(piece.first()).isGreaterThan(end);
        end = piece.end();
        bytes += piece.bytes(lengths.getOrDefault(piece.chunk(), 0));
        for (int block = piece.first(); block < end; block++) {
          blocks.add(key(piece.chunk(), block));
        }
      }
      BitSet held = HotPiece.held(group);
      assertThat(held.cardinality()).isEqualTo(group.stream().mapToInt(HotPiece::blocks).sum());
    }
    assertThat(bytes).isLessThanOrEqualTo(SEGMENT);
    if (!last) {
      assertThat(bytes).isGreaterThan(SEGMENT - BLOCK);
    }
    return blocks;
  }

  private static long key(int chunk, int block) {
    return (long) chunk << 32 | block;
  }
}
