package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RequestSlotsTest {
  private static final long LONG = TimeUnit.MINUTES.toNanos(1);

  private final RequestSlots slots = new RequestSlots();

  private int takeAll(Urgency urgency) {
    int count = 0;
    while (slots.tryAcquire(urgency)) {
      count++;
    }
    return count;
  }

  @Test
  void onDemandHasItsSlotsWhateverElseGoesOn() {
    assertThat(takeAll(Urgency.BACKGROUND)).isEqualTo(RequestSlots.BACKGROUND);
    assertThat(takeAll(Urgency.PREFETCH))
        .isEqualTo(RequestSlots.PREFETCH - RequestSlots.BACKGROUND);
    assertThat(takeAll(Urgency.READ_AHEAD)).isEqualTo(RequestSlots.AHEAD - RequestSlots.PREFETCH);
    assertThat(takeAll(Urgency.ON_DEMAND)).isEqualTo(RequestSlots.ON_DEMAND);
  }

  @Test
  void onDemandTakesNoSlotOfOthers() {
    takeAll(Urgency.ON_DEMAND);
    assertThat(takeAll(Urgency.READ_AHEAD)).isEqualTo(RequestSlots.AHEAD);
  }

  @Test
  void waitEndsWithItsTimeAndTakesNothing() throws InterruptedException {
    takeAll(Urgency.BACKGROUND);
    assertThat(slots.acquire(Urgency.BACKGROUND, 1000)).isFalse();
    slots.release(Urgency.BACKGROUND);
    assertThat(slots.tryAcquire(Urgency.BACKGROUND)).isTrue();
  }

  @Test
  void moreUrgentIsServedFirst() throws InterruptedException {
    takeAll(Urgency.READ_AHEAD);
    BlockingQueue<Urgency> served = new LinkedBlockingQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (Urgency urgency : List.of(Urgency.BACKGROUND, Urgency.PREFETCH, Urgency.READ_AHEAD)) {
      CountDownLatch started = new CountDownLatch(1);
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .name("waiting")
              .start(() -> {
                started.countDown();
                try {
                  if (slots.acquire(urgency, LONG)) {
                    served.add(urgency);
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      threads.add(thread);
      started.await();
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
    }
    // All slots come back, one after the other: background needs most of them.
    slots.release(Urgency.READ_AHEAD);
    assertThat(served.take()).isEqualTo(Urgency.READ_AHEAD);
    for (int i = 0; i < RequestSlots.AHEAD - RequestSlots.PREFETCH + 1; i++) {
      slots.release(Urgency.READ_AHEAD);
    }
    assertThat(served.take()).isEqualTo(Urgency.PREFETCH);
    for (int i = 0; i < RequestSlots.PREFETCH - RequestSlots.BACKGROUND + 1; i++) {
      slots.release(Urgency.READ_AHEAD);
    }
    assertThat(served.take()).isEqualTo(Urgency.BACKGROUND);
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
