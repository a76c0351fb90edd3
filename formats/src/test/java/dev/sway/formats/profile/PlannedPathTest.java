package dev.sway.formats.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ByteName;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlannedPathTest {
  private static final int PAGE = ProfileFormat.PAGE;

  private static PlannedPath of(List<ProfileRange> ranges) {
    return new PlannedPath(
        List.of(ByteName.of("bin"), ByteName.of("app")), 7, ranges, Long.MAX_VALUE, false, false);
  }

  private static ProfileRange pages(int first, int count) {
    return new ProfileRange((long) first * PAGE, (long) count * PAGE);
  }

  @Test
  void theEndOfALongFileIsWantedSoonAfterItsBeginning() {
    assertThat(of(List.of(pages(0, 40), pages(100, 200), pages(500, 36))).byUse())
        .containsExactly(
            pages(0, 32), pages(520, 16), pages(32, 8), pages(100, 200), pages(500, 20));
  }

  @Test
  void whatIsShortIsWantedAsItLies() {
    List<ProfileRange> ranges = List.of(pages(3, 40), pages(100, 20));
    assertThat(of(ranges).byUse()).isEqualTo(ranges);
    assertThat(of(List.of()).byUse()).isEmpty();
  }

  @Test
  void nothingIsLeftOutOrWantedTwice() {
    Random random = new Random(5);
    for (int i = 0; i < 500; i++) {
      List<ProfileRange> ranges = new ArrayList<>();
      long at = random.nextInt(3 * PAGE);
      for (int k = 0; k < 1 + random.nextInt(6); k++) {
        int length = 1 + random.nextInt(300_000);
        ranges.add(new ProfileRange(at, length));
        at += length + 1L + random.nextInt(200_000);
      }
      BitSet wanted = bytes(ranges);
      List<ProfileRange> parts = of(ranges).byUse();
      assertThat(bytes(parts)).isEqualTo(wanted);
      assertThat(parts.stream().mapToLong(ProfileRange::length).sum())
          .isEqualTo(wanted.cardinality());
      assertThat(parts.getFirst().offset()).isEqualTo(ranges.getFirst().offset());
    }
  }

  private static BitSet bytes(List<ProfileRange> ranges) {
    BitSet bytes = new BitSet();
    ranges.forEach(range -> bytes.set((int) range.offset(), (int) range.end()));
    return bytes;
  }
}
