package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class RunLeasesTest {
  private static final Duration GRACE = Duration.ofMillis(30);

  private final BlockingQueue<Fake> expired = new LinkedBlockingQueue<>();
  private final RunLeases<Fake> leases = new RunLeases<>(GRACE, expired::add);

  /// A run that was watched once.
  private static final class Fake implements RunLeases.Leased {
    private volatile long watches = 1;
    private volatile boolean watched;
    private volatile boolean delivered;

    @Override
    public long watches() {
      return watches;
    }

    @Override
    public boolean isAlone(long since) {
      return !watched && watches == since;
    }

    @Override
    public boolean wasDelivered() {
      return delivered;
    }
  }

  @AfterEach
  void close() {
    leases.close();
  }

  private void assertNoneExpires() throws InterruptedException {
    assertThat(expired.poll(5 * GRACE.toMillis(), TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void whoNobodyWatchesForTheGraceExpires() throws InterruptedException {
    leases.clientsMayCome(List.of());
    Fake run = new Fake();
    long begin = System.nanoTime();
    leases.begin(run, 1);
    assertThat(expired.take()).isSameAs(run);
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(GRACE.toNanos());
  }

  @Test
  void nothingExpiresBeforeClientsCanCome() throws InterruptedException {
    Fake run = new Fake();
    leases.begin(run, 1);
    assertNoneExpires();
    long begin = System.nanoTime();
    leases.clientsMayCome(List.of(run));
    assertThat(expired.take()).isSameAs(run);
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(GRACE.toNanos());
  }

  @Test
  void whoIsWatchedAgainStays() throws InterruptedException {
    leases.clientsMayCome(List.of());
    Fake run = new Fake();
    run.watches = 2;
    leases.begin(run, 1);
    assertNoneExpires();
  }

  @Test
  void theFirstClientHasMoreTimeThanAShortGrace() throws InterruptedException {
    leases.clientsMayCome(List.of());
    Fake run = new Fake();
    run.watches = 0;
    leases.begin(run, 0);
    assertNoneExpires();
  }

  @Test
  void lastEventsThatWereSentStayNoLongerThanTheyMust() throws InterruptedException {
    try (RunLeases<Fake> patient = new RunLeases<>(Duration.ofDays(1), expired::add)) {
      patient.clientsMayCome(List.of());
      Fake run = new Fake();
      run.delivered = true;
      patient.begin(run, 1);
      assertThat(expired.poll(4 * RunLeases.LINGER.toMillis(), TimeUnit.MILLISECONDS))
          .isSameAs(run);
    }
  }

  @Test
  void whoIsWatchedWhenClientsCanComeHasNoLeaseYet() throws InterruptedException {
    Fake run = new Fake();
    run.watched = true;
    leases.clientsMayCome(List.of(run));
    // Its client goes just before a lease that had begun already would end.
    run.watched = false;
    assertNoneExpires();
    leases.begin(run, 1);
    assertThat(expired.take()).isSameAs(run);
  }

  @Test
  void nothingExpiresOnceClosed() throws InterruptedException {
    Duration grace = Duration.ofSeconds(2);
    RunLeases<Fake> some = new RunLeases<>(grace, expired::add);
    some.clientsMayCome(List.of());
    Fake run = new Fake();
    some.begin(run, 1);
    some.close();
    some.begin(run, 1);
    assertThat(expired.poll(2 * grace.toMillis(), TimeUnit.MILLISECONDS)).isNull();
  }
}
