package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSource;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Who fetches what, where several want it at the same time.
@Execution(ExecutionMode.CONCURRENT)
class SingleFlightTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final FetchCounters counters = new FetchCounters();
  private final TestPack pack = new TestPack(new Random(2), 10, 1000, 0);
  private final FakeSource source = new FakeSource(pack.bytes);
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final ExecutorService readers = Executors.newFixedThreadPool(16, this::thread);
  private PackCache one;
  private PackCache other;

  private Thread thread(Runnable work) {
    Thread thread = Thread.ofPlatform().daemon().name("reader-" + threads.size()).unstarted(work);
    threads.add(thread);
    return thread;
  }

  /// Until so many readers wait for what somebody else fetches.
  private void awaitWaiting(int count) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (threads.stream().filter(one -> one.getState() == Thread.State.TIMED_WAITING).count()
        < count) {
      assertThat(System.nanoTime()).as("%d do not wait", count).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  /// Says that it was asked, and waits before it answers: one that a test holds.
  private final class Held implements PackSource {
    @Override
    public <T> T fetch(
        PackReference reference,
        long offset,
        int length,
        Urgency urgency,
        FetchCounters told,
        Check<T> check)
        throws IOException {
      asked.countDown();
      try {
        answer.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return source.fetch(reference, offset, length, urgency, told, check);
    }
  }

  @BeforeEach
  void open() throws IOException {
    one = new PackCache(folder, new Held());
    other = new PackCache(folder, source);
  }

  @AfterEach
  void close() throws IOException {
    readers.shutdownNow();
    readers.close();
    one.close();
    other.close();
  }

  private Future<Boolean> read(PackCache cache, int frame, Urgency urgency) {
    return readers.submit(
        () -> cache.frame(pack.chunk(frame), pack.reference, urgency, counters, pack.check(frame)));
  }

  @Test
  void readersInTwoCachesMakeOneRequest() throws Exception {
    List<Future<Boolean>> reads = new ArrayList<>();
    reads.add(read(one, 3, Urgency.ON_DEMAND));
    asked.await();
    for (int i = 0; i < 6; i++) {
      reads.add(read(one, 3, Urgency.READ_AHEAD));
      reads.add(read(other, 3, Urgency.READ_AHEAD));
    }
    awaitWaiting(12);
    answer.countDown();
    for (Future<Boolean> read : reads) {
      assertThat(read.get()).isTrue();
    }
    assertThat(source.requests).hasSize(1);
  }

  @Test
  void readerDoesNotWaitForAHungFetchOfTheOtherCacheForEver() throws Exception {
    Future<Boolean> hung = read(one, 3, Urgency.ON_DEMAND);
    asked.await();
    assertThat(read(other, 3, Urgency.ON_DEMAND).get()).isTrue();
    assertThat(hung).isNotDone();
    answer.countDown();
    assertThat(hung.get()).isTrue();
    assertThat(source.requests).hasSize(2);
  }

  @Test
  void readerOvertakesAPrefetchOfTheSameFrameThatTakesLong() throws Exception {
    Future<Boolean> slow = read(one, 3, Urgency.BACKGROUND);
    asked.await();
    long began = System.nanoTime();
    Future<Boolean> urgent = read(one, 3, Urgency.ON_DEMAND);
    while (source.requests.isEmpty() && System.nanoTime() - began < PATIENCE.toNanos()) {
      Thread.onSpinWait();
    }
    answer.countDown();
    assertThat(urgent.get()).isTrue();
    assertThat(slow.get()).isTrue();
    assertThat(source.requests).as("both asked").hasSize(2);
  }

  @Test
  void prefetchLeavesToOthersWhatTheyAreFetching() throws Exception {
    Future<Boolean> hung = read(one, 3, Urgency.ON_DEMAND);
    asked.await();
    assertThat(other.prefetch(pack.frames, Urgency.BACKGROUND, counters, pack::compare))
        .containsExactly(pack.frames.get(3));
    answer.countDown();
    assertThat(hung.get()).isTrue();
    for (FrameReference frame : pack.frames) {
      assertThat(other.has(frame)).isTrue();
    }
  }

  @Test
  void failedFetchLeavesTheFrameToTheNext() throws Exception {
    source.failing(true);
    answer.countDown();
    assertThatThrownBy(() -> read(one, 3, Urgency.ON_DEMAND).get())
        .hasRootCauseMessage("the source fails");
    source.failing(false);
    assertThat(read(other, 3, Urgency.ON_DEMAND).get()).isTrue();
  }
}
