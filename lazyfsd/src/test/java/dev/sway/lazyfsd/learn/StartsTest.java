package dev.sway.lazyfsd.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class StartsTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  @Test
  void nobodyWaitsWhereNothingStarts() throws Exception {
    Starts starts = new Starts(LONG);
    starts.begin().close();

    assertThat(starts.await(LONG)).isGreaterThan(LONG.minusSeconds(20));
  }

  @Test
  void whatHasTimeWaitsForAllThatStart() throws Exception {
    Starts starts = new Starts(LONG);
    Starts.Start first = starts.begin();
    Starts.Start second = starts.begin();
    FutureTask<Duration> waiting = new FutureTask<>(() -> starts.await(LONG));
    Thread thread = Thread.ofPlatform().start(waiting);

    first.close();
    first.close();
    assertThat(thread.join(Duration.ofMillis(200))).isFalse();
    second.close();

    assertThat(waiting.get(20, TimeUnit.SECONDS)).isLessThan(LONG);
  }

  @Test
  void aStartDoesNotLastForEverNorDoesPatience() throws Exception {
    Starts brief = new Starts(Duration.ofMillis(100));
    Starts.Start service = brief.begin();
    assertThat(brief.await(LONG)).as("it goes on, and has started").isPositive();
    service.close();

    Starts busy = new Starts(LONG);
    try (Starts.Start _ = busy.begin()) {
      assertThat(busy.await(Duration.ofMillis(50))).isZero();
      assertThat(busy.await(Duration.ZERO)).isZero();
    }
  }

  @Test
  void whoIsInterruptedIsTold() {
    Starts starts = new Starts(LONG);
    try (Starts.Start _ = starts.begin()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> starts.await(LONG)).isInstanceOf(InterruptedIOException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
