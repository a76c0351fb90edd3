package dev.sway.lazyfsd.learn;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Trace;
import dev.sway.lazyfsd.api.PrefetchPolicy;
import dev.sway.lazyfsd.api.TraceInfo;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// Has runs prefetch what profiles name, and learns profiles from what runs touch. Thread-safe.
///
/// Nothing of it makes a run fail: what goes wrong is told to the operator.
public final class Learning implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Learning.class.getName());

  /// Runs whose traces wait; of more at once, some leave none.
  private static final int QUEUE = 64;

  /// What is done at leisure, of each kind.
  private static final int LEISURELY = 16;

  /// How long who asks for a trace waits until it is written.
  private static final long PATIENCE_SECONDS = 10;

  /// How long the worker's end waits for what is being learnt.
  private static final long END_SECONDS = 5;

  /// How long what is done at leisure lets starts go before it, in all.
  private static final Duration STARTS_PATIENCE = Duration.ofMinutes(1);

  /// Hot packs that wait to be built while one waits for starts: with more it goes on.
  private static final int PATIENT = 4;

  private final TraceStore traces;
  private final Profiles profiles;
  private final ThreadPoolExecutor later =
      new ThreadPoolExecutor(
          1,
          1,
          10,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(QUEUE),
          Thread.ofPlatform().name("learning").daemon().factory(),
          this::refuse);

  /// Apart from that, because it takes as long as blobd likes. Of more at once some are left out:
  /// the next run sees to it.
  private final ThreadPoolExecutor sharing = leisurely("sharing");

  /// Apart from that, because it takes seconds of a processor, and waits for starts.
  private final ThreadPoolExecutor heating = leisurely("heating");

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("learning-timer").daemon().factory());

  private final Starts starts = new Starts(Duration.ofSeconds(RunLearning.START_SECONDS));

  /// The runs whose traces are not written yet.
  private final Map<String, CompletableFuture<Boolean>> pending = new ConcurrentHashMap<>();

  /// Something to do after a run.
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  Learning(TraceStore traces, Profiles profiles) {
    this.traces = traces;
    this.profiles = profiles;
    later.allowCoreThreadTimeOut(true);
    timer.setRemoveOnCancelPolicy(true);
  }

  private static ThreadPoolExecutor leisurely(String name) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(LEISURELY),
            Thread.ofPlatform().name(name).daemon().factory(),
            (refused, _) -> leave(refused));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /// What is not done after all.
  private static void leave(Runnable refused) {
    if (refused instanceof Leisurely left) {
      left.next().run();
    }
  }

  /// What is learnt is kept in the worker's state folder, and by blobd.
  ///
  /// @param client of blobd; stays the caller's to close, after this
  public static Learning open(Path state, BlobClient client) throws IOException {
    return new Learning(
        new TraceStore(state),
        new SharedProfiles(
            new LocalProfiles(state), client.profiles(), state.resolve("hot-packs")));
  }

  /// Looks for a command's profile, beside whatever else is to be done before [#begin].
  public ProfileLookup lookUp(Digest manifest, CommandKey command) {
    return ProfileLookup.begin(profiles, manifest, command);
  }

  /// A run begins: what its profile names is on its way when this returns.
  ///
  /// @param lookup of its profile, where that was begun
  public RunLearning begin(
      RunLearning.Subject subject,
      MountedImage mount,
      PrefetchPolicy policy,
      Optional<ProfileLookup> lookup) {
    RunLearning run = new RunLearning(this, subject, mount, policy, starts.begin());
    run.prefetch(profiles, lookup);
    return run;
  }

  /// What there is of the last runs' traces, the latest first.
  public List<TraceInfo> traces() throws IOException {
    return traces.list();
  }

  /// The file of a run's trace, or empty where there is none, or not any more. Of a run that has
  /// just ended it is waited for.
  ///
  /// @param run its id
  public Optional<byte[]> trace(String run) throws IOException {
    CompletableFuture<Boolean> writing = pending.get(run);
    if (writing != null) {
      boolean _ =
          writing.copy().completeOnTimeout(false, PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }
    return traces.read(run);
  }

  /// Does `work` once those before it are done; it leaves the trace of `run`. Nobody waits for what
  /// is done then, if `work` was.
  ///
  /// @param share tells blobd
  /// @param heat comes behind that, and takes long
  /// @param after is called at last, also where something fails or is refused
  void later(String run, Work work, Work share, Work heat, Runnable after) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    pending.put(run, done);
    Leisurely last = new Leisurely("no hot pack is built", heat, after);
    Leisurely more =
        new Leisurely("blobd is not told of a run", share, () -> heating.execute(last));
    later.execute(new Task(run, done, work, more, after));
  }

  /// Runs do not wait for what is learnt of others.
  private void refuse(Runnable refused, ThreadPoolExecutor by) {
    if (refused instanceof Task task) {
      LOG.log(System.Logger.Level.WARNING, "run {0} leaves no trace: too many at once", task.id());
      task.over();
    }
  }

  /// What is left to do for one run.
  private final class Task implements Runnable {
    private final String run;
    private final CompletableFuture<Boolean> done;
    private final Work work;
    private final Leisurely more;
    private final Runnable after;

    Task(String run, CompletableFuture<Boolean> done, Work work, Leisurely more, Runnable after) {
      this.run = run;
      this.done = done;
      this.work = work;
      this.more = more;
      this.after = after;
    }

    String id() {
      return run;
    }

    /// There is a trace now, or there will be none.
    private void settled() {
      pending.remove(run);
      done.complete(true);
    }

    void over() {
      after.run();
      settled();
    }

    @Override
    public void run() {
      try {
        work.run();
      } catch (IOException | RuntimeException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "nothing is learnt from a run: {0}",
            String.valueOf(e.getMessage()));
        over();
        return;
      }
      settled();
      sharing.execute(more);
    }
  }

  /// What is done at leisure, and what comes after it in any case.
  ///
  /// @param failed what is told where it fails
  private record Leisurely(String failed, Work work, Runnable next) implements Runnable {
    @Override
    public void run() {
      try {
        work.run();
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "{0}: {1}", failed, String.valueOf(e.getMessage()));
      } finally {
        next.run();
      }
    }
  }

  /// Keeps a trace and learns from it; answers whether that has added anything.
  boolean keep(Trace trace) throws IOException {
    traces.keep(trace);
    return profiles.learn(trace);
  }

  /// See [Profiles#share].
  void share(Trace trace, boolean added) throws IOException {
    profiles.share(trace, added);
  }

  /// See [Profiles#heat]. Starts go first.
  void heat(Digest manifest, CommandKey command, MountPrefetches prefetches) {
    AtomicReference<Duration> patience = new AtomicReference<>(STARTS_PATIENCE);
    profiles.heat(
        manifest,
        command,
        prefetches,
        () -> {
          if (heating.getQueue().size() <= PATIENT) {
            patience.set(starts.await(patience.get()));
          }
        });
  }

  /// Does something in a while, unless that is cancelled or the worker ends before.
  Future<?> inAWhile(Runnable what, long seconds) {
    try {
      return timer.schedule(what, seconds, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      // It ends.
      return CompletableFuture.failedFuture(e);
    }
  }

  /// Ends once what is under way is done: it uses mounts. Idempotent.
  @Override
  public void close() {
    timer.shutdownNow();
    end(later, END_SECONDS);
    end(sharing, END_SECONDS);
    // A later run that a mount is made for has it built.
    end(heating, 0);
  }

  /// A blobd that does not answer is not waited for: what the worker has itself is written before.
  private static void end(ThreadPoolExecutor executor, long seconds) {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(seconds, TimeUnit.SECONDS)) {
        executor.shutdownNow().forEach(Learning::leave);
        boolean _ = executor.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      executor.shutdownNow().forEach(Learning::leave);
      Thread.currentThread().interrupt();
    }
  }
}
