package dev.sway.lazyfsd.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IdleTrimTest {
  private final AtomicReference<Duration> taken = new AtomicReference<>(Duration.ZERO);
  private Runnable giving = () -> {};
  private int given;
  private final IdleTrim idle =
      new IdleTrim(
          taken::get,
          () -> {
            given++;
            giving.run();
          });

  @AfterEach
  void close() {
    idle.close();
  }

  private void work(Duration more) {
    taken.updateAndGet(more::plus);
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      idle.look();
    }
  }

  private void workAndLook() {
    work(IdleTrim.WORK.multipliedBy(2));
    look(1);
  }

  @Test
  void memoryIsGivenBackOnceAfterWork() {
    workAndLook();
    look(IdleTrim.QUIET_LOOKS - 1);
    assertThat(given).isZero();
    look(1);
    assertThat(given).isOne();
    look(100);
    assertThat(given).isOne();
    workAndLook();
    look(IdleTrim.QUIET_LOOKS);
    assertThat(given).isEqualTo(2);
  }

  @Test
  void workInBetweenBeginsAnew() {
    for (int i = 0; i < 10; i++) {
      workAndLook();
      look(IdleTrim.QUIET_LOOKS - 1);
    }
    assertThat(given).isZero();
  }

  @Test
  void timersAreNoWork() {
    workAndLook();
    for (int i = 0; i < 100; i++) {
      work(IdleTrim.WORK.dividedBy(2));
      look(1);
    }
    assertThat(given).isOne();
  }

  @Test
  void givingBackIsNoWork() {
    giving = () -> work(IdleTrim.WORK.multipliedBy(10));
    workAndLook();
    look(100);
    assertThat(given).isOne();
  }

  @Test
  void failureIsNotTheLastTime() {
    giving =
        () -> {
          throw new IllegalStateException("no memory is given back");
        };
    workAndLook();
    look(IdleTrim.QUIET_LOOKS);
    giving = () -> {};
    workAndLook();
    look(IdleTrim.QUIET_LOOKS);
    assertThat(given).isEqualTo(2);
  }
}
