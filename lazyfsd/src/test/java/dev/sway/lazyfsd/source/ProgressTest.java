package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressTest {
  /// Of a range of 100 bytes.
  private static Progress after(long seconds, int received, long left, boolean moving) {
    return new Progress(
        TimeUnit.SECONDS.toNanos(seconds), TimeUnit.SECONDS.toNanos(left), received, 100, moving);
  }

  @Test
  void whatCannotBeThereByTheDeadlineIsLate() {
    assertThat(after(10, 50, 10, true).late()).isFalse();
    assertThat(after(10, 49, 10, true).late()).isTrue();
    assertThat(after(1, 0, 1000, false).late()).isTrue();
  }

  @Test
  void whatWouldBeLateAtHalfTheSpeedIsLeftAlone() {
    assertThat(after(10, 50, 26, true).betterAlone()).isFalse();
    assertThat(after(10, 50, 24, true).betterAlone()).isTrue();
    assertThat(after(10, 50, 10, true).betterAlone()).isTrue();
  }

  @Test
  void whatIsLateOrStandsStillIsNotLeftAlone() {
    assertThat(after(10, 50, 9, true).betterAlone()).isFalse();
    assertThat(after(10, 50, 24, false).betterAlone()).isFalse();
    assertThat(after(10, 0, 24, false).betterAlone()).isFalse();
  }
}
