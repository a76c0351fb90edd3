package dev.sway.lazyfsd.fuse.kernel;

import static dev.sway.lazyfsd.fuse.kernel.PageRuns.FIRST_WINDOW;
import static dev.sway.lazyfsd.fuse.kernel.PageRuns.MAX_WINDOW;
import static dev.sway.lazyfsd.fuse.kernel.PageRuns.PAGE;
import static dev.sway.lazyfsd.fuse.kernel.PageRuns.PROVEN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.fuse.kernel.PageRuns.Next;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageRunsTest {
  private final PageRuns runs = new PageRuns();

  /// Reads the pages of `from..to`, none of which is to lead to anything.
  private void read(long inode, long from, long to) {
    for (long offset = from; offset < to; offset += PAGE) {
      assertThat(runs.note(inode, offset)).as("at %s", offset).isNull();
    }
  }

  private Next wanted(long inode, long offset) {
    return Objects.requireNonNull(runs.note(inode, offset));
  }

  @Test
  void windowsDoubleUpToTheMost() {
    long at = 4096 * 7;
    read(5, at, at + PROVEN - PAGE);
    at += PROVEN - PAGE;
    for (int window : new int[] {16 << 10, 32 << 10, 64 << 10, 128 << 10, MAX_WINDOW, MAX_WINDOW}) {
      assertThat(wanted(5, at)).isEqualTo(new Next(at + PAGE, window));
      at += PAGE + window;
    }
  }

  @Test
  void whoReadsHereAndThereIsNotReadAheadOf() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      long from = 16L * PAGE * random.nextInt(1 << 20);
      read(5, from, from + PROVEN - PAGE);
    }
  }

  @Test
  void pageThatWasAskedForBeforeItWasThereChangesNothing() {
    read(5, 0, PROVEN - PAGE);
    wanted(5, PROVEN - PAGE);
    read(5, PROVEN, PROVEN + 2 * PAGE);
    assertThat(wanted(5, PROVEN + FIRST_WINDOW).from()).isEqualTo(PROVEN + FIRST_WINDOW + PAGE);
  }

  @Test
  void whatCouldNotBeHadIsWantedWithTheNextPage() {
    read(5, 0, PROVEN - PAGE);
    runs.failed(5, wanted(5, PROVEN - PAGE), 0);
    assertThat(wanted(5, PROVEN)).isEqualTo(new Next(PROVEN + PAGE, FIRST_WINDOW));
  }

  @Test
  void whatCouldBeHadInPartGoesOnBehindThat() {
    read(5, 0, PROVEN - PAGE);
    runs.failed(5, wanted(5, PROVEN - PAGE), 2 * PAGE);
    assertThat(wanted(5, PROVEN + 2 * PAGE)).isEqualTo(new Next(PROVEN + 3 * PAGE, FIRST_WINDOW));
  }

  @Test
  void readersOfOneFileDoNotDisturbOneAnother() {
    long far = 1 << 20;
    for (long offset = 0; offset < PROVEN - PAGE; offset += PAGE) {
      assertThat(runs.note(5, offset)).isNull();
      assertThat(runs.note(5, far + offset)).isNull();
      assertThat(runs.note(5 + 64, offset)).isNull();
    }
    assertThat(wanted(5, PROVEN - PAGE).from()).isEqualTo(PROVEN);
    assertThat(wanted(5, far + PROVEN - PAGE).from()).isEqualTo(far + PROVEN);
    assertThat(wanted(5 + 64, PROVEN - PAGE).from()).isEqualTo(PROVEN);
  }

  @Test
  void theOldestIsForgotten() {
    read(5, 0, PROVEN - PAGE);
    for (int i = 0; i < 64; i++) {
      read(100 + i, 0, PAGE);
    }
    read(5, PROVEN - PAGE, PROVEN + PAGE);
    wanted(5, PROVEN + PAGE);
  }
}
