package dev.sway.lazyfsd.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class FetchPaceTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LENGTH = 500_000;

  private final FetchPace pace = new FetchPace();
  private long now = 1;

  /// One fetch after the other, each `nanos` after the one before.
  private void fetches(int count, long nanos) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      assertThat(pace.begin(now)).isTrue();
      now += nanos;
      pace.end(LENGTH, now);
    }
  }

  @Test
  void thereAreMoreAsLongAsMoreBytesCome() throws InterruptedException {
    int before = pace.allowed();
    long nanos = 20 * MILLI;
    while (pace.allowed() < FetchPace.MOST) {
      fetches(2 * pace.allowed(), nanos);
      assertThat(pace.allowed()).isEqualTo(before + 2);
      before = pace.allowed();
      nanos = nanos * 4 / 5;
    }
    fetches(100, MILLI);
    assertThat(pace.allowed()).as("as many as a source takes").isEqualTo(FetchPace.MOST);
  }

  @Test
  void thereAreNoMoreOnceTheyBringNothing() throws InterruptedException {
    fetches(2 * pace.allowed(), MILLI);
    int tried = pace.allowed();
    fetches(2 * tried, MILLI);
    fetches(100, MILLI / 100);
    assertThat(pace.allowed()).isEqualTo(tried);
  }

  @Test
  void whoHasNoTurnWaitsForOneAndIsToldOfTheEnd() throws Exception {
    for (int i = 0; i < 4; i++) {
      assertThat(pace.begin(now)).isTrue();
    }
    CompletableFuture<Boolean> next = new CompletableFuture<>();
    CompletableFuture<Boolean> last = new CompletableFuture<>();
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> {
              try {
                next.complete(pace.begin(now));
                last.complete(pace.begin(now));
              } catch (InterruptedException e) {
                next.completeExceptionally(e);
              }
            });
    assertThat(next.copy().completeOnTimeout(null, 100, TimeUnit.MILLISECONDS).get()).isNull();
    pace.end(LENGTH, now);
    assertThat(next.get()).isTrue();
    pace.stop();
    assertThat(last.get()).isFalse();
    waiting.join();
  }
}
