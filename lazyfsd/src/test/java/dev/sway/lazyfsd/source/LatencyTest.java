package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyTest {
  private static final int LENGTH = 100_000;

  @Test
  void estimateRestsWhereOneOfTwentyTakesLonger() {
    Random random = new Random(7);
    LatencyQuantile quantile = new LatencyQuantile();
    int longer = 0;
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      long nanos = 1000 + (long) (-Math.log(random.nextDouble()) * 100_000);
      longer += nanos > quantile.nanos(0) ? 1 : 0;
      quantile.add(nanos);
    }
    assertThat(longer * 100.0 / count).as("percent, seed 7").isBetween(3.0, 8.0);
  }

  @Test
  void unknownServerIsSlowAfterASecond() {
    assertThat(new Latency().slowNanos(LENGTH)).isEqualTo(Latency.UNKNOWN.toNanos());
  }

  @Test
  void fastServerIsNotSlowBeforeTheShortestTime() {
    Latency latency = new Latency();
    for (int i = 0; i < LatencyQuantile.SAMPLES; i++) {
      latency.took(LENGTH, 1000);
    }
    assertThat(latency.slowNanos(LENGTH)).isEqualTo(Latency.SHORTEST.toNanos());
  }

  @Test
  void sizesAreToldApart() {
    Latency latency = new Latency();
    for (int i = 0; i < LatencyQuantile.SAMPLES; i++) {
      latency.took(1, Duration.ofMillis(30).toNanos());
      latency.took(Integer.MAX_VALUE, Duration.ofMillis(900).toNanos());
    }
    assertThat(latency.slowNanos(64 << 10)).isEqualTo(Duration.ofMillis(60).toNanos());
    assertThat(latency.slowNanos((64 << 10) + 1)).isEqualTo(Latency.UNKNOWN.toNanos());
    assertThat(latency.slowNanos(8 << 20)).isEqualTo(Duration.ofMillis(1800).toNanos());
  }

  @Test
  void secondRequestsAreAShareOfTheFirstOnes() {
    HedgeBudget budget = new HedgeBudget();
    int spent = 0;
    int requests = 10_000;
    for (int i = 0; i < requests; i++) {
      budget.requested();
      spent += budget.trySpend() ? 1 : 0;
    }
    assertThat(spent)
        .isBetween(
            requests / HedgeBudget.REQUESTS_PER_HEDGE,
            requests / HedgeBudget.REQUESTS_PER_HEDGE + HedgeBudget.SAVED);
  }
}
