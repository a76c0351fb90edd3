package dev.sway.lazyfsd.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LinkEstimateTest {
  @Test
  void transfersTakeWhatTheLastLongAnswerTookBeyondTheRoundTrip() {
    LinkEstimate link = new LinkEstimate();
    assertThat(link.transfer(1_000_000)).as("10 MB/s").isEqualTo(Duration.ofMillis(100));
    link.roundTrip(Duration.ofMillis(20).toNanos());
    link.transfer(1_000_000, Duration.ofMillis(60).toNanos());
    assertThat(link.transfer(100_000)).as("25 MB/s").isEqualTo(Duration.ofMillis(4));
    assertThat(link.transfer(0)).isZero();
  }
}
