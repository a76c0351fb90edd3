package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AbsenceTest {
  private static final long SECOND = 1_000_000_000;

  /// As a clock is that is about to overflow, which `System.nanoTime` may be.
  private static final long FROM = Long.MAX_VALUE - SECOND / 2;

  private final Absence absence = new Absence();

  private static long at(long nanos) {
    return FROM + nanos;
  }

  @Test
  void waitThatIsOverInTimeLosesNothing() {
    assertThat(absence.patience(7, 100)).isEqualTo(7);
    assertThat(absence.over(FROM, SECOND, at(SECOND))).isZero();
    assertThat(absence.over(FROM, SECOND, at(SECOND + Absence.LOST_NANOS))).isZero();
    assertThat(absence.isCatchingUp()).isFalse();
    assertThat(absence.patience(SECOND, 2 * SECOND)).isEqualTo(SECOND);
  }

  @Test
  void whatIsLostIsTheTimeBeyondTheWaitAndOthersMayCatchUpOnce() {
    assertThat(absence.over(FROM, SECOND, at(4 * SECOND))).isEqualTo(3 * SECOND);
    assertThat(absence.isCatchingUp()).isTrue();
    assertThat(absence.patience(SECOND, 2 * SECOND)).isEqualTo(Absence.CATCH_UP_NANOS);
    assertThat(absence.patience(SECOND, 5)).as("not beyond the end").isEqualTo(5);

    assertThat(absence.over(FROM, Absence.CATCH_UP_NANOS, at(Absence.CATCH_UP_NANOS))).isZero();
    assertThat(absence.isCatchingUp()).isFalse();
  }

  @Test
  void whoIsLateAgainWhileOthersCatchUpDoesNotWaitForThemForEver() {
    absence.over(FROM, SECOND, at(4 * SECOND));
    assertThat(absence.over(FROM, 10, at(SECOND))).isEqualTo(SECOND - 10);
    assertThat(absence.isCatchingUp()).isFalse();
  }

  @Test
  void waitThatWasOverBeforeItBeganLosesWhatItTook() {
    assertThat(absence.over(FROM, -SECOND, at(SECOND))).isEqualTo(SECOND);
  }
}
