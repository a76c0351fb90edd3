package dev.sway.lazyfsd.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.view.SequentialReads.Ahead;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequentialReadsTest {
  private static final long MOST = 8L << 20;
  private static final int REQUEST = 128 << 10;
  private static final long FILE = 7;

  private final SequentialReads reads = new SequentialReads(MOST);

  @Test
  void nothingIsReadAheadOfABurstAsLongAsAPageFaultMakesOne() {
    for (long at = 50_000_000; at + REQUEST < 50_000_000 + SequentialReads.PROVEN; at += REQUEST) {
      assertThat(reads.note(FILE, at, REQUEST)).isNull();
    }
  }

  @Test
  void aheadOfASequentialReaderTheWindowDoublesUpToItsBoundAndEveryByteComesOnce() {
    long aheadEnd = 0;
    long widest = 0;
    for (long at = 0; at < 100L << 20; at += REQUEST) {
      Ahead ahead = reads.note(FILE, at, REQUEST);
      if (ahead == null) {
        continue;
      }
      assertThat(ahead.from()).isEqualTo(Math.max(aheadEnd, at + REQUEST));
      long window = ahead.to() - (at + REQUEST);
      assertThat(window).isLessThanOrEqualTo(MOST).isGreaterThanOrEqualTo(widest);
      widest = window;
      aheadEnd = ahead.to();
    }
    assertThat(widest).isEqualTo(MOST);
    assertThat(aheadEnd).isGreaterThan(100L << 20);
  }

  @Test
  void requestsThatComeALittleOutOfOrderAreSequentialToo() {
    Randomized.forSeeds(
        20,
        random -> {
          SequentialReads shuffled = new SequentialReads(MOST);
          List<Long> offsets = new ArrayList<>();
          for (long group = 0; group < 32; group++) {
            List<Long> four = new ArrayList<>();
            for (long i = 0; i < 4; i++) {
              four.add((group * 4 + i) * REQUEST);
            }
            Collections.shuffle(four, random);
            offsets.addAll(four);
          }
          long aheads =
              offsets.stream().filter(at -> shuffled.note(FILE, at, REQUEST) != null).count();
          assertThat(aheads).isPositive();
        });
  }

  @Test
  void whoReadsHereAndThereGetsNothingAhead() {
    Randomized.forSeeds(
        20,
        random -> {
          SequentialReads scattered = new SequentialReads(MOST);
          long size = 1L << (26 + random.nextInt(6));
          for (int i = 0; i < 5000; i++) {
            long at = random.nextLong(size) & -4096;
            assertThat(scattered.note(FILE, at, 4096)).isNull();
          }
        });
  }

  @Test
  void twoFilesAtOnceAreBothSequential() {
    int[] aheads = {0, 0};
    for (long at = 0; at < 32L << 20; at += REQUEST) {
      for (int file = 0; file < 2; file++) {
        if (reads.note(FILE + file, at, REQUEST) != null) {
          aheads[file]++;
        }
      }
    }
    assertThat(aheads[0]).isPositive().isEqualTo(aheads[1]);
  }
}
