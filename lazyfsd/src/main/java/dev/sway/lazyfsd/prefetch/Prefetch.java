package dev.sway.lazyfsd.prefetch;

import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Brings what one plan wants: looks its names up, loads its chunks in the order of their urgency,
/// and puts files' bytes into the kernel's page cache. What a process asks for meanwhile is served
/// before it, as the sources and the chunk cache have it.
///
/// Whoever loads chunks never waits for the mount: a read that the mount serves may wait for what
/// they load. So other threads hand the bytes to the kernel.
///
/// Thread-safe. Nothing of it throws: what does not come is asked for by whoever needs it.
public final class Prefetch implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Prefetch.class.getName());

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  private static final int PUSHERS = Math.clamp(PROCESSORS, 1, 2);

  private final FuseMount mount;
  private final Planning planning;
  private final FetchCounters counters;
  private final String threadName;
  private final Course course = new Course();
  private final NameLookups lookups;
  private final WindowPushing pushing;
  private final ChunkCache chunks;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicInteger working = new AtomicInteger();
  private volatile PrefetchPlan plan = PrefetchPlan.NONE;
  private volatile long ended;

  /// Makes a plan.
  @FunctionalInterface
  interface Planning {
    PrefetchPlan plan() throws IOException;
  }

  /// @param planning says what to bring, and again where that has become stale
  /// @param threadName that its threads' names begin with
  Prefetch(
      ChunkCache chunks,
      ImageView view,
      FuseMount mount,
      Planning planning,
      FetchCounters counters,
      String threadName) {
    this.chunks = chunks;
    this.mount = mount;
    this.planning = planning;
    this.counters = counters;
    this.threadName = threadName;
    lookups = new NameLookups(mount.point(), course);
    pushing = new WindowPushing(view, mount, lookups, course);
  }

  /// Begins; returns at once.
  void begin() {
    start(List.of(thread("plan", this::plan)));
  }

  /// Finds out what to bring, and begins with it.
  private void plan() {
    // Else one that is stale would be made anew for ever.
    plan = PrefetchPlan.NONE;
    try {
      plan = planning.plan();
    } catch (IOException e) {
      course.failed(e);
      return;
    }
    PrefetchPlan wanted = plan;
    ChunkLoading loading = new ChunkLoading(chunks, wanted, counters, course, pushing::add);
    List<Thread> threads = new ArrayList<>();
    threads.add(thread("names", () -> lookups.lookUp(wanted.names())));
    loading.work(PROCESSORS).forEach((name, work) -> threads.add(thread(name, work)));
    for (int i = 0; i < PUSHERS && mount.stores(); i++) {
      threads.add(thread("push-" + i, () -> pushing.pushUntil(loading::isOver, wanted::isStale)));
    }
    start(threads);
  }

  private void start(List<Thread> threads) {
    working.addAndGet(threads.size());
    for (Thread thread : threads) {
      try {
        thread.start();
      } catch (OutOfMemoryError e) {
        LOG.log(System.Logger.Level.WARNING, "no thread to prefetch with: {0}", e.getMessage());
        course.cancel();
        left();
      }
    }
  }

  private Thread thread(String name, Runnable work) {
    return Thread.ofPlatform()
        .name(threadName + "-" + name)
        .daemon()
        .unstarted(() -> {
          try {
            work.run();
          } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "not all is prefetched: {0}", e.toString());
          } finally {
            left();
          }
        });
  }

  /// One thread less works on it.
  private void left() {
    if (working.decrementAndGet() > 0) {
      return;
    }
    if (plan.isStale() && !course.isCancelled()) {
      begin();
      return;
    }
    ended = System.nanoTime();
    over.countDown();
  }

  /// Waits until all is here, at most `patience`; answers whether it is over.
  public boolean await(Duration patience) {
    try {
      return over.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  boolean isOver() {
    return over.getCount() == 0;
  }

  /// Waits for the end of what is under way.
  void join() {
    boolean interrupted = false;
    while (!isOver()) {
      try {
        over.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// How many chunks are wanted.
  public int chunks() {
    return plan.chunks().size();
  }

  /// How many bytes of packs it has fetched.
  public long fetchedBytes() {
    return counters.snapshot().bytes();
  }

  /// How many bytes it has put into the page cache.
  public long pushedBytes() {
    return pushing.bytes();
  }

  /// When it was over, by [System#nanoTime]; 0 while it goes on.
  public long ended() {
    return ended;
  }

  /// How it ended, in a word or by what went wrong.
  public String outcome() {
    IOException failed = course.failure();
    if (course.isCutOff() || (course.isCancelled() && !isOver())) {
      return "cancelled";
    }
    if (failed != null) {
      return String.valueOf(failed.getMessage());
    }
    return plan.whole() ? "done" : "budget";
  }

  /// Gives up what is not under way yet; what is goes on to its end. Idempotent.
  @Override
  public void close() {
    course.cancel();
  }
}
