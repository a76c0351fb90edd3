package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.trace.Mark;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.holder.RunHolder;
import dev.sway.lazyfsd.learn.RunLearning;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.mount.MountedImage;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/// The runs of a worker, from their start until their last events are not needed any more.
/// Thread-safe.
final class RunTable implements AutoCloseable {
  /// How long a start is taken to last.
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final System.Logger LOG = System.getLogger(RunTable.class.getName());

  /// How long the clean-up after a run may take while the worker ends.
  private static final long END_SECONDS = 60;

  /// How long a run that was asked for may take to start while the worker leaves.
  private static final long START_SECONDS = 10;

  /// How long a client may take to be sent the last event while the worker ends.
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  private final RunLayout layout;
  private final Runc runc;
  private final RunHolder holder;
  private final MountTable mounts;
  private final Map<String, Run> runs = new ConcurrentHashMap<>();
  private final RunLeases<Run> leases;
  private volatile long latestStart;
  private volatile boolean closed;
  private volatile boolean left;

  RunTable(RunLayout layout, Runc runc, RunHolder holder, MountTable mounts, Duration grace) {
    this.layout = layout;
    this.runc = runc;
    this.holder = holder;
    this.mounts = mounts;
    this.leases = new RunLeases<>(grace, this::expire);
  }

  /// Runs a container to its end.
  @FunctionalInterface
  private interface Body {
    RunResult run(RunExecution execution) throws IOException;
  }

  void start(RunFacts facts, ContainerProcess process, RunAccount account, RunLearning learning) {
    start(
        facts,
        execution -> {
          int exitCode = -1;
          try {
            exitCode = execution.execute(process, account.image(), learning);
            return account.result(exitCode);
          } finally {
            learning.mark(Mark.CLEARED);
            learning.end(
                exitCode,
                () -> {
                  execution.learnt();
                  release(account.image());
                });
          }
        });
  }

  private void start(RunFacts facts, Body body) {
    latestStart = System.nanoTime();
    RunExecution execution = new RunExecution(facts, layout, runc, holder);
    Run run = new Run(facts, execution, leases);
    runs.put(facts.id(), run);
    leases.begin(run, 0);
    // Not on a virtual thread: one that asks the kernel to mount the overlay holds its carrier
    // while the kernel asks the FUSE mount below, which may be waiting for chunks that other
    // virtual threads bring.
    Thread.ofPlatform()
        .name("run-" + facts.id())
        .daemon()
        .start(() -> {
          try {
            // After the entry is there, so that either this sees that the table is closed, or
            // `close` sees the entry.
            if (closed) {
              execution.cancel(EndReason.WORKER);
            }
            run.ended(body.run(execution), null);
          } catch (Throwable e) {
            run.ended(null, e);
          }
        });
  }

  /// Goes on with the runs that an earlier worker left with the holder where their mounts are still
  /// there, and ends the others.
  void takeOver() throws IOException {
    for (RunFacts facts : KeptRuns.of(holder.client()).facts()) {
      Optional<MountedImage> mount = mounts.of(facts.id(), facts.digest());
      if (mount.isPresent()) {
        RunAccount account = RunAccount.resumed(facts, mount.get());
        start(
            facts,
            execution -> {
              try {
                return account.result(execution.resume());
              } finally {
                release(mount.get());
              }
            });
      } else {
        start(
            facts,
            execution -> {
              throw execution.swept();
            });
      }
    }
  }

  /// Ends a mount that a run had for itself.
  private void release(MountedImage mount) {
    try {
      mounts.release(mount.key());
    } catch (IOException | RuntimeException e) {
      // The sweep at the worker's next start does it.
      LOG.log(
          System.Logger.Level.ERROR,
          "the mount {0} stays: {1}",
          mount.point(),
          String.valueOf(e.getMessage()));
    }
  }

  int running() {
    return (int) runs.values().stream().filter(run -> !run.outcome().isDone()).count();
  }

  /// Whether a run that goes on has begun so lately that it may still be starting.
  boolean isStarting() {
    return running() > 0 && System.nanoTime() - latestStart < START_NANOS;
  }

  List<Run> list() {
    return runs.values().stream()
        .sorted(Comparator.comparingLong(run -> run.facts().startedMillis()))
        .toList();
  }

  /// @throws SwayException of kind `not-found` where there is none
  Run find(String id) throws SwayException {
    Run run = runs.get(id);
    if (run == null) {
      throw new SwayException(
          FailureKind.NOT_FOUND,
          "there is no run '%s', or not any more; 'GET /v1/runs' lists them".formatted(id));
    }
    return run;
  }

  /// Makes sure that the events behind number `after` can be had.
  ///
  /// @throws SwayException of kind `usage` where there are fewer, or some of them are forgotten
  void requireEvents(Run run, long after) throws IOException {
    // A run that the holder has not, or not any more, has an outcome that says why.
    Optional<RunHolder.Position> found = holder.position(run.facts().id());
    if (found.isPresent()) {
      long last = found.get().last() + Run.STARTED;
      long forgotten = found.get().acknowledged() + Run.STARTED;
      if (after > last) {
        throw new SwayException(
            FailureKind.USAGE,
            "run %s has %d events so far, and none behind number %d; ask for those behind the last one that was received"
                .formatted(run.facts().id(), last, after));
      }
      if (after < forgotten && found.get().acknowledged() > 0) {
        throw new SwayException(
            FailureKind.USAGE,
            "the events of run %s up to number %d were acknowledged and are gone; ask for those behind it"
                .formatted(run.facts().id(), forgotten));
      }
    }
  }

  /// @throws SwayException of kind `usage` where there are fewer events
  void acknowledge(Run run, long seq) throws IOException {
    if (seq <= Run.STARTED) {
      // The first event is not the holder's.
      return;
    }
    try {
      holder.acknowledge(run.facts().id(), seq - Run.STARTED);
    } catch (SwayException e) {
      requireEvents(run, seq);
      throw new SwayException(
          FailureKind.NOT_FOUND, "run %s has no events any more".formatted(run.facts().id()), e);
    }
  }

  void exited(String id, int exitCode) {
    Run run = runs.get(id);
    if (run != null) {
      run.execution().exited(exitCode);
    }
  }

  void lost() {
    runs.values().forEach(run -> run.execution().lost());
  }

  /// Clients can come from now on: those that never do lose their runs.
  void clientsMayCome() {
    leases.clientsMayCome(runs.values());
  }

  /// Nobody watches `run` any more: it is ended, or, if it has ended, forgotten.
  private void expire(Run run) {
    if (run.outcome().isDone()) {
      runs.remove(run.facts().id());
      run.execution().forget();
    } else {
      // It is forgotten some time after its end.
      cancel(run, EndReason.LEFT);
    }
  }

  private static void cancel(Run run, EndReason why) {
    Thread.ofVirtual().name("run-end-" + run.facts().id()).start(() -> run.execution().cancel(why));
  }

  /// Leaves the runs on mounts that outlive this worker to the next one, and ends the others.
  void leave() {
    if (left) {
      return;
    }
    farewell(end(run -> !mounts.outlives(run.facts().id(), run.facts().digest())));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    for (Run run : runs.values()) {
      // One that is not there yet would not be there for the next worker either.
      if (!run.execution().awaitHeld(deadline)) {
        LOG.log(
            System.Logger.Level.ERROR,
            "run {0} does not start within {1} s, and is lost",
            run.facts().id(),
            START_SECONDS);
      }
    }
    left = true;
    // First: whoever is dismissed leaves a run that nobody watches, and that is the next worker's.
    leases.close();
    runs.values().forEach(Run::dismiss);
  }

  private Collection<Run> end(Predicate<Run> which) {
    Collection<Run> ending = runs.values().stream().filter(which).toList();
    for (Run run : ending) {
      cancel(run, EndReason.WORKER);
    }
    for (Run run : ending) {
      try {
        // However it ended.
        var _ = run.outcome().handle((_, _) -> true).get(END_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException | TimeoutException e) {
        LOG.log(
            System.Logger.Level.ERROR,
            "run {0} is not cleared away within {1} s",
            run.facts().id(),
            END_SECONDS);
      }
    }
    return ending;
  }

  /// Lets those who watch runs that have ended be told so, and forgets the runs.
  private void farewell(Collection<Run> ended) {
    long deadline = System.nanoTime() + FAREWELL.toNanos();
    for (Run run : ended) {
      run.awaitAlone(deadline);
      run.dismiss();
      run.execution().forget();
      runs.remove(run.facts().id());
    }
  }

  /// Ends all runs, and waits until nothing is left of them.
  @Override
  public void close() {
    leases.close();
    if (left) {
      return;
    }
    closed = true;
    farewell(end(_ -> true));
  }
}
