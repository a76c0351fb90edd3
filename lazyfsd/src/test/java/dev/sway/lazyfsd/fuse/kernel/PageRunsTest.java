package dev.sway.lazyfsd.fuse.kernel;

import static dev.sway.lazyfsd.fuse.kernel.PageRuns.LEAST_WINDOW;
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
  void windowsGrowWithTheRunUpToTheMost() {
    long begin = 4096 * 7;
    read(5, begin, begin + PROVEN - PAGE);
    long at = begin + PROVEN - PAGE;
    int widest = 0;
    while (at < 64 << 20) {
      Next next = wanted(5, at);
      assertThat(next.from()).isEqualTo(at + PAGE);
      assertThat(next.length() % PAGE).isZero();
      assertThat((long) next.length())
          .isBetween((long) widest, Math.max(LEAST_WINDOW, (next.from() - begin) / 4));
      widest = next.length();
      at = next.from() + next.length();
    }
    assertThat(widest).isEqualTo(MAX_WINDOW);
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
    read(5, PROVEN, PROVEN + LEAST_WINDOW);
    assertThat(wanted(5, PROVEN + LEAST_WINDOW).from()).isEqualTo(PROVEN + LEAST_WINDOW + PAGE);
  }

  @Test
  void whatCouldNotBeHadIsWantedWithTheNextPage() {
    read(5, 0, PROVEN - PAGE);
    runs.failed(5, wanted(5, PROVEN - PAGE), 0);
    assertThat(wanted(5, PROVEN)).isEqualTo(new Next(PROVEN + PAGE, LEAST_WINDOW));
  }

  @Test
  void whatCouldNotBeHadIsNotCounted() {
    read(5, 0, PROVEN - PAGE);
    for (long at = PROVEN - PAGE; at < 15 * PAGE; at += PAGE) {
      Next next = wanted(5, at);
      assertThat(next.length())
          .as("as of a run of less than 16 pages")
          .isEqualTo(LEAST_WINDOW + (at >= 11 * PAGE ? PAGE : 0));
      runs.failed(5, next, 0);
    }
  }

  @Test
  void whatCouldBeHadInPartGoesOnBehindThat() {
    read(5, 0, PROVEN - PAGE);
    runs.failed(5, wanted(5, PROVEN - PAGE), PAGE);
    assertThat(wanted(5, PROVEN + PAGE)).isEqualTo(new Next(PROVEN + 2 * PAGE, LEAST_WINDOW));
  }

  @Test
  void smallFileIsWantedWholeAndMayBeAskedForAgain() {
    Next whole = new Next(PAGE, 3 * PAGE);
    assertThat(runs.noteWhole(5, 3 * PAGE + 1)).isEqualTo(whole);
    read(5, PAGE, 4 * PAGE);
    assertThat(runs.noteWhole(5, 4 * PAGE)).as("once the kernel has let go of it").isEqualTo(whole);
  }

  @Test
  void ofASmallFileWhatCouldNotBeHadIsReadLikeAnyOther() {
    Next whole = runs.noteWhole(5, 20 * PAGE);
    runs.failed(5, whole, 0);
    read(5, PAGE, PROVEN - PAGE);
    assertThat(wanted(5, PROVEN - PAGE)).isEqualTo(new Next(PROVEN, LEAST_WINDOW));
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
    read(5, PROVEN - PAGE, 2 * PROVEN - 2 * PAGE);
    wanted(5, 2 * PROVEN - 2 * PAGE);
  }
}
