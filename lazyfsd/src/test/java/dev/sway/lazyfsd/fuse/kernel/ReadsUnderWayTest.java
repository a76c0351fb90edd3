package dev.sway.lazyfsd.fuse.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadsUnderWayTest {
  private static final long INODE = 7;
  private static final long LONG = TimeUnit.SECONDS.toNanos(30);
  private final ReadsUnderWay reads = new ReadsUnderWay();

  /// Waits on another thread; answers that thread once it waits or is done.
  private Thread waiter(CompletableFuture<String> end, long inode, long offset, long length)
      throws InterruptedException {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                end.complete(reads.awaitNone(inode, offset, length, LONG) ? "none" : "some");
              } catch (InterruptedException e) {
                end.complete("interrupted");
              }
            });
    while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) {
      thread.join(1);
    }
    return thread;
  }

  @Test
  void whoStoresWaitsForReadsOfTheSamePages() throws Exception {
    try (ReadsUnderWay.Station one = reads.station();
        ReadsUnderWay.Station other = reads.station()) {
      one.begin(INODE, 8192, 4096);
      other.begin(INODE, 4096, 8192);
      CompletableFuture<String> end = new CompletableFuture<>();
      Thread waiter = waiter(end, INODE, 0, 12_288);
      one.end();
      while (waiter.getState() != Thread.State.TIMED_WAITING) {
        waiter.join(1);
      }
      assertThat(end).as("one of the two is under way").isNotDone();
      other.end();
      assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo("none");
    }
  }

  @Test
  void readsOfOtherPagesAndFilesAreNoReasonToWait() throws Exception {
    try (ReadsUnderWay.Station station = reads.station()) {
      station.begin(INODE, 8192, 4096);
      assertThat(reads.awaitNone(INODE, 0, 8192, LONG)).isTrue();
      assertThat(reads.awaitNone(INODE, 12_288, 4096, LONG)).isTrue();
      assertThat(reads.awaitNone(INODE + 1, 8192, 4096, LONG)).isTrue();
      station.end();
      assertThat(reads.awaitNone(INODE, 8192, 4096, LONG)).isTrue();
    }
  }

  @Test
  void threadThatEndsReadsNothing() throws Exception {
    CompletableFuture<String> end = new CompletableFuture<>();
    try (ReadsUnderWay.Station station = reads.station()) {
      station.begin(INODE, 0, 4096);
      waiter(end, INODE, 0, 4096);
    }
    assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo("none");
  }

  @Test
  void interruptEndsTheWait() throws Exception {
    try (ReadsUnderWay.Station station = reads.station()) {
      station.begin(INODE, 0, 4096);
      CompletableFuture<String> end = new CompletableFuture<>();
      waiter(end, INODE, 0, 4096).interrupt();
      assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo("interrupted");
    }
  }

  @Test
  void whoHasWaitedLongEnoughIsTold() throws Exception {
    try (ReadsUnderWay.Station station = reads.station()) {
      station.begin(INODE, 0, 4096);
      assertThat(reads.awaitNone(INODE, 0, 4096, 1)).isFalse();
    }
  }
}
