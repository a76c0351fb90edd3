package dev.sway.lazyfsd.prefetch;

import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// Brings what one plan wants: looks its names up, loads its chunks in the order of their urgency,
/// and puts files' bytes into the kernel's page cache. What a process asks for meanwhile is served
/// before it, as the sources and the chunk cache have it.
///
/// Whoever loads chunks never waits for the mount: a read that the mount serves may wait for what
/// they load. So other threads hand the bytes to the kernel.
///
/// Thread-safe. Nothing of it throws: what does not come is asked for by whoever needs it.
public final class Prefetch implements AutoCloseable {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
  private static final int PUSHERS = Math.clamp(PROCESSORS, 1, 2);

  private final FuseMount mount;
  private final Planning planning;
  private final FetchCounters counters;
  private final Course course = new Course();
  private final NameLookups lookups;
  private final WindowPushing pushing;
  private final ChunkCache chunks;
  private final WorkThreads threads;
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
    threads = new WorkThreads(threadName, course, this::left);
    // libfuse 2, which takes no bytes either, does not let it.
    lookups = new NameLookups(mount.point(), mount.stores(), course);
    pushing = new WindowPushing(view, mount, lookups, course);
  }

  /// Begins; returns at once.
  void begin() {
    threads.start(Map.of("plan", this::plan));
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
    Map<String, Runnable> work = new LinkedHashMap<>();
    work.put("names", () -> lookups.lookUp(wanted.names()));
    work.putAll(loading.work(PROCESSORS));
    for (int i = 0; i < PUSHERS && mount.stores(); i++) {
      work.put(
          "push-" + i, () -> pushing.pushUntil(loading::pushed, loading::isOver, wanted::isStale));
    }
    threads.start(work);
  }

  /// The last thread has ended.
  private void left() {
    if (plan.isStale() && !course.isCancelled()) {
      begin();
      return;
    }
    ended = System.nanoTime();
    threads.end();
  }

  /// Waits until all is here, at most `patience`; answers whether it is over.
  public boolean await(Duration patience) {
    return threads.await(patience.toNanos());
  }

  boolean isOver() {
    return threads.isOver();
  }

  /// Gives all of it up, also what is under way, and waits for the end of it.
  void stop() {
    close();
    threads.interrupt();
    threads.join();
  }

  /// How many chunks are wanted, and segments of hot packs.
  public int chunks() {
    return plan.chunks().size();
  }

  /// How many of them are segments of hot packs.
  public int segments() {
    return plan.segments();
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

  /// Whether all that was wanted is here.
  public boolean isComplete() {
    return isOver() && course.failure() == null && !course.isCutOff();
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
