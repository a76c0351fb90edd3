package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The runs that a holder keeps, and the worker that is told of their ends. Thread-safe.
final class HeldRuns implements AutoCloseable {
  /// What output may wait for slow clients, beyond [RunSpool#SHARE_BYTES] of each run.
  private static final long BUDGET_BYTES = 64 << 20;

  private final RingBudget budget = new RingBudget(BUDGET_BYTES);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final Map<String, HeldRun> runs = new LinkedHashMap<>();
  private @Nullable Watch watch;

  /// What the worker that uses the state folder is told, in order. At most one exit for each run
  /// waits here.
  final class Watch {
    private final Queue<HeldRun> exits = new ArrayDeque<>();
    private final OptionalLong worker;
    private int leaves;
    private boolean over;

    private Watch(OptionalLong worker) {
      this.worker = worker;
    }

    /// The next notice: a run that has exited, or nothing where the worker is to leave. Waits until
    /// there is one.
    ///
    /// @throws IOException where another worker watches now
    Optional<HeldRun> next() throws IOException {
      lock.lock();
      try {
        while (!over && leaves == 0 && exits.isEmpty()) {
          news.await();
        }
        if (over) {
          throw new IOException("another worker watches");
        }
        if (leaves > 0) {
          leaves--;
          return Optional.empty();
        }
        return Optional.of(exits.remove());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      } finally {
        lock.unlock();
      }
    }

    /// Nobody watches any more.
    void close() {
      lock.lock();
      try {
        over = true;
        if (watch == this) {
          watch = null;
        }
        news.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Starts a process for the run `id`; see [HeldRun#start].
  HeldRun start(String id, byte[] payload, List<String> words, List<String> environment)
      throws IOException {
    lock.lock();
    try {
      if (runs.containsKey(id)) {
        throw new IOException("there is a run " + id + " already");
      }
      if (runs.size() >= HolderProtocol.MAX_RUNS) {
        throw new IOException(
            "%d runs go on; no more are started".formatted(HolderProtocol.MAX_RUNS));
      }
    } finally {
      lock.unlock();
    }
    HeldRun run = HeldRun.start(id, payload, words, environment, budget, this::exited);
    lock.lock();
    try {
      runs.put(id, run);
      // It may have ended before this.
      if (run.exitCode() != null) {
        exited(run);
      }
      return run;
    } finally {
      lock.unlock();
    }
  }

  private void exited(HeldRun run) {
    lock.lock();
    try {
      Watch told = watch;
      if (told != null && runs.get(run.id()) == run && !told.exits.contains(run)) {
        told.exits.add(run);
        news.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The run `id`.
  ///
  /// @throws IOException where there is none
  HeldRun find(String id) throws IOException {
    lock.lock();
    try {
      HeldRun run = runs.get(id);
      if (run == null) {
        throw new IOException("there is no run " + id);
      }
      return run;
    } finally {
      lock.unlock();
    }
  }

  /// Those there are, in the order in which they started.
  Collection<HeldRun> list() {
    lock.lock();
    try {
      return List.copyOf(runs.values());
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    return list().isEmpty();
  }

  /// Kills and forgets the run `id`, if there is one.
  void forget(String id) {
    HeldRun gone;
    lock.lock();
    try {
      gone = runs.remove(id);
    } finally {
      lock.unlock();
    }
    if (gone != null) {
      gone.close();
    }
  }

  /// Begins to watch, instead of who did before; runs that have exited already come first.
  ///
  /// @param worker the process id of who watches, if that is known
  Watch watch(OptionalLong worker) {
    lock.lock();
    try {
      Watch before = watch;
      if (before != null) {
        before.over = true;
      }
      Watch mine = new Watch(worker);
      watch = mine;
      for (HeldRun run : runs.values()) {
        if (run.exitCode() != null) {
          mine.exits.add(run);
        }
      }
      news.signalAll();
      return mine;
    } finally {
      lock.unlock();
    }
  }

  /// Has whoever watches leave; answers its process id, if that is known.
  ///
  /// @throws IOException where nobody does
  OptionalLong leave() throws IOException {
    lock.lock();
    try {
      Watch told = watch;
      if (told == null) {
        throw new IOException("no worker is there");
      }
      told.leaves++;
      news.signalAll();
      return told.worker;
    } finally {
      lock.unlock();
    }
  }

  /// Kills and forgets all.
  @Override
  public void close() {
    list().forEach(run -> forget(run.id()));
  }
}
