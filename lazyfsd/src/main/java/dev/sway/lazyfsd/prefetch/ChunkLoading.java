package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Loads a plan's chunks in the order of their urgency: those that this machine has, and beside
/// them, in groups, those that are fetched. Thread-safe.
///
/// Nothing here waits for the mount: a read that the mount serves may wait for what is loaded.
final class ChunkLoading {
  private static final System.Logger LOG = System.getLogger(ChunkLoading.class.getName());

  private final ChunkCache chunks;
  private final PrefetchPlan plan;
  private final FetchCounters counters;
  private final Course course;
  private final Consumer<Window> complete;
  private final Map<ChunkPlace, List<Window>> windows = new HashMap<>();

  /// How many windows are still to be pushed that have bytes of a segment.
  private final Map<ChunkPlace, AtomicInteger> unpushed = new HashMap<>();

  private final FetchPace pace = new FetchPace();
  private final AtomicInteger loading = new AtomicInteger();

  /// Whether no source answers any more.
  private volatile boolean unreachable;

  /// @param counters of what is fetched
  /// @param complete gets each window once all its chunks are in memory; it does not wait
  ChunkLoading(
      ChunkCache chunks,
      PrefetchPlan plan,
      FetchCounters counters,
      Course course,
      Consumer<Window> complete) {
    this.chunks = chunks;
    this.plan = plan;
    this.counters = counters;
    this.course = course;
    this.complete = complete;
    for (PrefetchPlan.Step step : plan.chunks()) {
      windows.put(step.place(), step.windows());
      if (plan.isSegment(step.place())) {
        unpushed.put(step.place(), new AtomicInteger(step.windows().size()));
      }
    }
  }

  /// What is to be done, each by a thread of its own, with names for these. To be called once.
  ///
  /// @param processors of this machine, which decode
  Map<String, Runnable> work(int processors) {
    Queue<List<ChunkPlace>> here = new ConcurrentLinkedQueue<>();
    List<ChunkPlace> absent = new ArrayList<>();
    for (PrefetchPlan.Step step : plan.chunks()) {
      if (chunks.isHere(step.place())) {
        here.add(List.of(step.place()));
      } else {
        absent.add(step.place());
      }
    }
    Queue<List<ChunkPlace>> groups = new ConcurrentLinkedQueue<>(FetchGroups.of(absent));
    int loaders = Math.min(processors, here.size());
    int fetchers = Math.min(FetchPace.MOST, groups.size());
    loading.set(loaders + fetchers);
    Map<String, Runnable> work = new LinkedHashMap<>();
    for (int i = 0; i < fetchers; i++) {
      work.put("fetch-" + i, () -> fetch(groups));
    }
    for (int i = 0; i < loaders; i++) {
      work.put("load-" + i, () -> loadAll(here));
    }
    return work;
  }

  /// The kernel has what is in `window`. A segment of which it has all is of no further use: unlike
  /// a chunk it has nothing else that somebody might read.
  void pushed(Window window) {
    for (ChunkPlace place : window.places()) {
      AtomicInteger left = unpushed.get(place);
      if (left != null && left.decrementAndGet() == 0) {
        chunks.dismiss(place);
      }
    }
  }

  /// Whether all that was to be done is.
  boolean isOver() {
    return loading.get() == 0;
  }

  private void fetch(Queue<List<ChunkPlace>> groups) {
    try {
      while (pace.begin(System.nanoTime())) {
        List<ChunkPlace> group = groups.poll();
        if (group == null) {
          pace.stop();
          return;
        }
        long bytes = 0;
        try {
          if (load(group)) {
            bytes = group.stream().mapToLong(place -> place.chunk().stored()).sum();
          }
        } finally {
          pace.end(bytes, System.nanoTime());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      loading.decrementAndGet();
    }
  }

  private void loadAll(Queue<List<ChunkPlace>> groups) {
    try {
      for (List<ChunkPlace> group = groups.poll(); group != null; group = groups.poll()) {
        var _ = load(group);
      }
    } finally {
      loading.decrementAndGet();
    }
  }

  /// Answers whether all of it came.
  private boolean load(List<ChunkPlace> group) {
    if (course.isCancelled()) {
      course.cutOff();
      return false;
    }
    if (unreachable || plan.isStale()) {
      return false;
    }
    try {
      chunks.prefetch(group, counters, this::loaded);
      return true;
    } catch (IOException e) {
      if (course.isCancelled()) {
        // It was interrupted, and what that does to a fetch says nothing of the source.
        course.cutOff();
        return false;
      }
      if (plan.giveUp(group.getFirst(), String.valueOf(e.getMessage()))) {
        return false;
      }
      // The run asks for it itself, and then it is an error or not.
      course.failed(e);
      // What comes next would wait as long, for nobody.
      unreachable |=
          e instanceof SwayException failure && failure.kind() == FailureKind.BLOBD_UNREACHABLE;
      LOG.log(System.Logger.Level.DEBUG, "not prefetched: {0}", e.getMessage());
      return false;
    }
  }

  private void loaded(ChunkPlace place) {
    for (Window window : windows.getOrDefault(place, List.of())) {
      if (window.arrived()) {
        complete.accept(window);
      }
    }
  }
}
