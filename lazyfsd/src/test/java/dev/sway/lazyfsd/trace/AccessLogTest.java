package dev.sway.lazyfsd.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.trace.ServedFrom;
import dev.sway.lazyfsd.fuse.Served;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class AccessLogTest {
  private static final int CAPACITY = 1 << 15;
  private final AccessLog log = new AccessLog();

  private void add(long inode) {
    log.served(Served.read(inode, 0, 4096, 0, 1, 2, ServedFrom.MEMORY));
  }

  @Test
  void whatCameSinceAPositionIsThereInOrder() {
    add(1);
    long position = log.position();
    add(2);
    add(3);
    AccessLog.Part part = log.since(position);
    assertThat(part.entries()).extracting(entry -> entry.request().inode()).containsExactly(2L, 3L);
    assertThat(part.lost()).isZero();
    assertThat(log.since(log.position()).entries()).isEmpty();
  }

  @Test
  void whatIsTooMuchIsCountedAsLost() {
    long position = log.position();
    for (int i = 0; i < CAPACITY + 1000; i++) {
      add(i);
    }
    AccessLog.Part part = log.since(position);
    assertThat(part.lost()).isEqualTo(1000);
    assertThat(part.entries()).hasSize(CAPACITY);
    assertThat(part.entries().getFirst().request().inode()).isEqualTo(1000);
    assertThat(part.entries().getLast().request().inode()).isEqualTo(CAPACITY + 999);
  }

  @Test
  void whatNobodyFollowsIsGivenUpAndWhatComesAfterItIsThere() {
    for (int i = 0; i < 100; i++) {
      add(i);
    }
    long position = log.position();
    log.trim();
    add(100);
    add(101);
    assertThat(log.since(position).entries())
        .extracting(entry -> entry.request().inode())
        .containsExactly(100L, 101L);
    assertThat(log.since(0).entries()).hasSize(2);
    assertThat(log.since(0).lost()).isEqualTo(100);
  }

  @Test
  void whatIsFollowedStays() {
    Runnable follower = () -> {};
    log.follow(follower);
    add(1);
    log.trim();
    assertThat(log.since(0).entries()).hasSize(1);
    log.unfollow(follower);
    log.trim();
    assertThat(log.since(0).entries()).isEmpty();
  }

  @Test
  void manyThreadsLoseNothing() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        done.add(
            threads.submit(() -> {
              for (int i = 0; i < 5000; i++) {
                add(i);
              }
            }));
      }
      for (Future<?> each : done) {
        assertThat(each.get()).isNull();
      }
    }
    assertThat(log.since(0).entries()).hasSize(20_000);
  }

  /// An entry that goes to a log that is just given up would be waited for by all who follow later.
  @Test
  void whatComesWhileTheLogIsGivenUpIsThereOrCountedAsLost() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (int round = 1; round <= 5000; round++) {
        CyclicBarrier together = new CyclicBarrier(2);
        Future<?> adding =
            threads.submit(() -> {
              together.await();
              for (int i = 0; i < 200; i++) {
                add(i);
              }
              return null;
            });
        Future<?> giving =
            threads.submit(() -> {
              together.await();
              log.trim();
              return null;
            });
        assertThat(adding.get()).isNull();
        assertThat(giving.get()).isNull();
        AccessLog.Part part = log.since(0);
        assertThat(part.end()).isEqualTo(200L * round);
        assertThat(part.lost() + part.entries().size()).isEqualTo(part.end());
      }
    }
  }

  @Test
  void theThreadThatAsksIsNamed() {
    int me = (int) ProcessHandle.current().pid();
    log.served(Served.read(7, 0, 1, me, 1, 2, ServedFrom.DISK));
    log.served(Served.read(7, 0, 1, Integer.MAX_VALUE, 1, 2, ServedFrom.DISK));
    List<AccessLog.Entry> entries = log.since(0).entries();
    assertThat(entries.get(0).by().name()).isNotEmpty();
    assertThat(entries.get(0).by().run()).isEmpty();
    assertThat(entries.get(1).by().name()).isEmpty();
  }
}
