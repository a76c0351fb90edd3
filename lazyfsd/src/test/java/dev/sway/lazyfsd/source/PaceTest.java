package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
  private static final int LENGTH = 100_000;
  private static final long SHORTEST = Pace.SHORTEST.toNanos();

  private final Pace pace = new Pace();
  private final long now = System.nanoTime();

  private void outrun(int times) {
    for (int i = 0; i < times; i++) {
      pace.asked(now);
      pace.outrun(LENGTH, now);
    }
  }

  @Test
  void serverThatIsOutrunInARowLimpsForAWhile() {
    outrun(Pace.OUTRUNS - 1);
    assertThat(pace.limps(now)).isFalse();
    assertThat(pace.doubtful()).isTrue();
    outrun(1);
    assertThat(pace.limps(now)).isTrue();
    assertThat(pace.limps(now + SHORTEST - 1)).isTrue();
    assertThat(pace.limps(now + SHORTEST)).isFalse();
  }

  @Test
  void oneRequestTriesAndItsSuccessEndsTheLimping() {
    outrun(Pace.OUTRUNS);
    pace.asked(now + SHORTEST);
    assertThat(pace.limps(now + SHORTEST)).as("while one tries").isTrue();
    pace.inTime(LENGTH, now + SHORTEST);
    assertThat(pace.limps(now + SHORTEST)).isFalse();
    assertThat(pace.steady()).isTrue();
    assertThat(pace.doubtful()).isFalse();
  }

  @Test
  void trialThatIsOutrunDoublesTheTimeUpToTheLongest() {
    outrun(Pace.OUTRUNS);
    long at = now;
    for (long pause = SHORTEST; pause < Pace.LONGEST.toNanos(); pause *= 2) {
      at += pause;
      assertThat(pace.limps(at - 1)).isTrue();
      assertThat(pace.limps(at)).isFalse();
      pace.asked(at);
      pace.outrun(LENGTH, at);
    }
    assertThat(pace.limps(at + Pace.LONGEST.toNanos() - 1)).isTrue();
    assertThat(pace.limps(at + Pace.LONGEST.toNanos())).isFalse();
  }

  @Test
  void answersToSmallerRequestsProveNothing() {
    for (int i = 0; i < Pace.OUTRUNS; i++) {
      outrun(1);
      pace.inTime(LENGTH - 1, now);
    }
    assertThat(pace.limps(now)).isTrue();
    pace.asked(now + SHORTEST);
    pace.inTime(LENGTH - 1, now + SHORTEST);
    assertThat(pace.steady()).isFalse();
    assertThat(pace.limps(now + SHORTEST)).as("another may try").isFalse();
  }

  @Test
  void answerInBetweenStartsTheCountAnew() {
    for (int i = 0; i < Pace.OUTRUNS; i++) {
      outrun(Pace.OUTRUNS - 1);
      pace.inTime(LENGTH, now);
    }
    assertThat(pace.limps(now)).isFalse();
    assertThat(pace.doubtful()).isFalse();
  }

  @Test
  void answerOfOneThatIsAskedBecauseNobodyElseIsThereChangesNothing() {
    outrun(Pace.OUTRUNS);
    pace.asked(now);
    pace.inTime(LENGTH, now);
    assertThat(pace.limps(now)).isTrue();
  }

  @Test
  void racesAreRareUnlessTheyAreWon() {
    long later = now + SHORTEST;
    assertThat(pace.tryRace(false, later)).isTrue();
    assertThat(pace.tryRace(false, later)).isFalse();
    assertThat(pace.tryRace(false, later + Pace.BETWEEN_RACES.toNanos() - 1)).isFalse();
    pace.outrun(LENGTH, later);
    assertThat(pace.tryRace(false, later)).isTrue();
    assertThat(pace.tryRace(false, later)).isFalse();
    assertThat(pace.tryRace(false, later + Pace.BETWEEN_RACES.toNanos())).isTrue();
  }

  @Test
  void readersThatWouldGetNothingAreHelpedSoonerButNotAllAtOnce() {
    long later = now + SHORTEST;
    assertThat(pace.tryRace(false, later)).isTrue();
    long rescue = later + Pace.BETWEEN_RESCUES.toNanos();
    assertThat(pace.tryRace(true, rescue - 1)).isFalse();
    assertThat(pace.tryRace(false, rescue)).isFalse();
    assertThat(pace.tryRace(true, rescue)).isTrue();
    assertThat(pace.tryRace(true, rescue)).isFalse();
  }
}
