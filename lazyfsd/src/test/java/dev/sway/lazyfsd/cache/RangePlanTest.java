package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.cache.RangePlan.Range;
import dev.sway.lazyfsd.source.http.RangeHeader;
import dev.sway.lazyfsd.source.http.Span;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RangePlanTest {
  private static final int MIB = 1 << 20;
  private static final PackReference PACK = new PackReference(Digest.of(new byte[0]), 1 << 30);

  private static FrameReference frame(long offset, int length) {
    return new FrameReference(
        new ChunkLocation(new ChunkId(Digest.of(new byte[0])), 0, offset, length, length), PACK);
  }

  private record Request(long offset, int length, int frames) {}

  private static List<Request> plan(FrameReference... wanted) {
    return RangePlan.of(Arrays.asList(wanted)).stream()
        .map(range -> new Request(range.offset(), range.length(), range.frames().size()))
        .toList();
  }

  @Test
  void oneFrameIsExactlyItsRange() {
    assertThat(plan(frame(12_345, 678))).containsExactly(new Request(12_345, 678, 1));
    assertThat(RangePlan.of(List.of())).isEmpty();
  }

  @Test
  void framesThatAbutAreOneSpan() {
    assertThat(RangePlan.of(List.of(frame(0, 10), frame(10, 5), frame(20, 5))))
        .singleElement()
        .satisfies(
            range -> assertThat(range.spans()).containsExactly(new Span(0, 15), new Span(20, 5)));
  }

  @Test
  void moreGapsThanARequestCanNameAreNotNamed() {
    List<FrameReference> frames =
        IntStream.rangeClosed(0, RangeHeader.MAX_SPANS).mapToObj(i -> frame(3L * i, 2)).toList();
    assertThat(RangePlan.of(frames.subList(0, RangeHeader.MAX_SPANS)).getFirst().spans())
        .hasSize(RangeHeader.MAX_SPANS);
    assertThat(RangePlan.of(frames).getFirst().spans())
        .containsExactly(new Span(0, 3 * RangeHeader.MAX_SPANS + 2));
  }

  @Test
  void neighboursInAnyOrderAndTwiceAreOneRange() {
    assertThat(plan(frame(300, 100), frame(100, 100), frame(200, 100), frame(100, 100)))
        .containsExactly(new Request(100, 300, 3));
  }

  @Test
  void smallGapIsFetchedToo() {
    int gap = (int) RangePlan.MAX_GAP;
    assertThat(plan(frame(0, 10), frame(10 + gap, 10)))
        .containsExactly(new Request(0, gap + 20, 2));
    assertThat(plan(frame(0, 10), frame(11 + gap, 10)))
        .containsExactly(new Request(0, 10, 1), new Request(11 + gap, 10, 1));
  }

  @Test
  void rangesEndBeforeTheyAreTooLong() {
    assertThat(plan(frame(0, 2 * MIB), frame(2 * MIB, 2 * MIB), frame(4 * MIB, 1)))
        .containsExactly(new Request(0, 4 * MIB, 2), new Request(4 * MIB, 1, 1));
    assertThat(plan(frame(0, 5 * MIB))).containsExactly(new Request(0, 5 * MIB, 1));
  }

  @Test
  void framesThatOverlapComeAlone() {
    List<Range> ranges =
        RangePlan.of(List.of(frame(0, 100), frame(50, 100), frame(50, 30), frame(160, 5)));
    assertThat(ranges.stream().flatMap(range -> range.frames().stream()))
        .containsExactlyInAnyOrder(frame(0, 100), frame(50, 100), frame(50, 30), frame(160, 5));
  }
}
