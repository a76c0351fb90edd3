package dev.sway.lazyfsd.run;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.trace.Mark;
import dev.sway.lazyfsd.holder.RunHolder;
import dev.sway.lazyfsd.holder.RunOutputStream;
import dev.sway.lazyfsd.learn.RunLearning;
import dev.sway.lazyfsd.linux.Folders;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.mount.MountedImage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One run, from its folder to its removal; the container's process is the holder's. [#cancel],
/// [#shown], [#learnt] and the notices of the holder may come from any thread; the rest belongs to
/// one.
///
/// Nothing here waits for those who watch the run: [Run] shows it to them.
final class RunExecution {
  private static final System.Logger LOG = System.getLogger(RunExecution.class.getName());

  /// How long a container that was deleted may take to end.
  private static final long END_SECONDS = 20;

  private static final int KILLED = 137;

  private final RunFacts facts;
  private final RunId id;
  private final RunLayout.Run layout;
  private final Runc runc;
  private final RunHolder holder;
  private final AtomicReference<@Nullable EndReason> cancelled = new AtomicReference<>();
  private final CompletableFuture<Integer> exited = new CompletableFuture<>();
  private final CompletableFuture<Optional<RunOutputStream>> output = new CompletableFuture<>();
  private final AtomicBoolean outputTaken = new AtomicBoolean();
  private final CompletableFuture<Boolean> started = new CompletableFuture<>();
  private volatile @Nullable RunLearning learning;
  private volatile boolean running;
  private volatile boolean over;

  RunExecution(RunFacts facts, RunLayout layout, Runc runc, RunHolder holder) {
    this.facts = facts;
    this.id = facts.runId();
    this.layout = layout.of(id);
    this.runc = runc;
    this.holder = holder;
  }

  /// Part of the clean-up.
  @FunctionalInterface
  private interface Cleaning {
    void run() throws IOException;
  }

  /// Runs the container to its end and removes every trace of it but its output.
  ///
  /// @return its exit code
  /// @throws SwayException where it could not be started; then nothing of its output is to be shown
  int execute(ContainerProcess container, MountedImage image, RunLearning notes)
      throws IOException {
    learning = notes;
    PrivateFolder.create(layout.folder());
    boolean clean = true;
    try {
      RunBundle.write(layout, id, container);
      RunOverlay overlay = RunOverlay.mount(layout, image.point(), image.view());
      try {
        requireWanted();
        notes.awaitPrefetch();
        notes.mark(Mark.RUNC_STARTED);
        output.complete(
            Optional.of(
                holder.start(
                    id.text(), WireJson.write(facts), runc.command(id, layout), Runc.ENVIRONMENT)));
        return await();
      } finally {
        clean = cleared(overlay);
      }
    } finally {
      end(clean);
    }
  }

  /// Goes on with a container that an earlier worker has started, to its end, and removes every
  /// trace of it but its output.
  ///
  /// @return its exit code
  int resume() throws IOException {
    output.complete(Optional.empty());
    boolean clean = true;
    try {
      try {
        return await();
      } finally {
        clean = cleared(RunOverlay.left(layout));
      }
    } finally {
      end(clean);
    }
  }

  /// A container that an earlier worker has started and that was swept, because its mount ended
  /// with that worker. Its output is still there.
  ///
  /// @return why there is no exit code
  SwayException swept() {
    output.complete(Optional.empty());
    started.complete(true);
    over = true;
    return new SwayException(
        FailureKind.RUN,
        "run %s was ended: lazyfsd was killed, and the mount of '%s' with it; run it again"
            .formatted(id, facts.image()));
  }

  private boolean cleared(RunOverlay overlay) {
    boolean removed = clean(this::removeContainer);
    return clean(overlay::close) && removed;
  }

  private void end(boolean clean) {
    over = true;
    started.complete(false);
    output.completeExceptionally(new IOException("run " + id + " did not start"));
    if (clean) {
      // Else it stays, for the sweep at the worker's next start.
      clean(() -> {
        // First: see [#ran].
        Files.deleteIfExists(layout.config());
        Folders.delete(layout.folder());
      });
    }
  }

  /// The holder says that runc has ended.
  void exited(int exitCode) {
    exited.complete(exitCode);
  }

  /// The holder is gone, and with it runc's streams.
  void lost() {
    exited.completeExceptionally(
        new SwayException(
            FailureKind.RUN,
            "run %s was lost: the process that held it for lazyfsd was killed; run it again"
                .formatted(id)));
  }

  /// What the container writes behind output `after`, once it was started. The caller closes it.
  ///
  /// @throws IOException where it could not be started, or is gone
  RunOutputStream output(long after) throws IOException {
    Optional<RunOutputStream> first;
    try {
      first = output.join();
    } catch (CompletionException e) {
      throw unwrapped(e);
    }
    boolean fresh = outputTaken.compareAndSet(false, true);
    if (first.isPresent() && fresh) {
      if (after == 0) {
        return first.get();
      }
      first.get().close();
    }
    return holder.attach(id.text(), after);
  }

  /// Waits until the holder has the run, or until it is known that it does not start.
  ///
  /// @return whether that came before [System#nanoTime] was `deadline`
  boolean awaitHeld(long deadline) {
    try {
      return output
          .handle((_, _) -> true)
          .get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  /// Forgets what the container wrote.
  void forget() {
    clean(() -> {
      holder.forget(id.text());
      if (output.isDone() && !output.isCompletedExceptionally() && !outputTaken.getAndSet(true)) {
        Optional<RunOutputStream> first = output.join();
        if (first.isPresent()) {
          first.get().close();
        }
      }
    });
  }

  /// Waits until the container runs; false where runc has ended before that.
  boolean awaitStart() throws InterruptedIOException {
    return StartProbe.await(layout.pid(), started);
  }

  /// Ends the container, if it runs: its execution then throws.
  void cancel(EndReason why) {
    if (over || !cancelled.compareAndSet(null, why)) {
      return;
    }
    if (running) {
      kill();
    }
  }

  /// The container has written something.
  void shown() {
    RunLearning notes = learning;
    if (notes != null) {
      notes.mark(Mark.FIRST_OUTPUT);
    }
  }

  /// Nothing more is learnt from it. What was noted is let go, with what was prefetched and all
  /// accesses: the run itself is known for a while, to whoever asks.
  void learnt() {
    learning = null;
  }

  boolean isOver() {
    return over;
  }

  private void kill() {
    clean(() -> runc.delete(id));
    clean(() -> holder.kill(id.text()));
    exited.completeOnTimeout(KILLED, END_SECONDS, TimeUnit.SECONDS);
  }

  private int await() throws IOException {
    running = true;
    if (cancelled.get() != null) {
      // Whoever cancelled may not have seen that it runs.
      kill();
    }
    int exitCode;
    try {
      exitCode = exited.join();
    } catch (CompletionException e) {
      requireWanted();
      throw unwrapped(e);
    }
    noteStart();
    boolean lost = runc.knows(id);
    if (lost) {
      // runc was killed, and the container may hold its streams open for as long as it likes.
      runc.delete(id);
    }
    boolean ran = ran();
    started.complete(ran);
    requireWanted();
    if (!ran) {
      // What the holder has is runc's complaint. A worker that finds the run there, and its folder
      // gone, is to know by that that it ran.
      clean(() -> holder.forget(id.text()));
      throw RuncLog.failure(layout.log(), facts.command(), exitCode);
    }
    if (lost) {
      throw new SwayException(
          FailureKind.RUN,
          "runc was killed while run %s went on, and ended with %d; the container is removed"
              .formatted(id, exitCode));
    }
    return exitCode;
  }

  /// When the container came to run, and that it has ended.
  private void noteStart() throws IOException {
    RunLearning notes = learning;
    if (notes != null) {
      notes.mark(Mark.EXITED);
      if (Files.exists(layout.pid())) {
        notes.mark(Mark.CONTAINER_STARTED, Files.getLastModifiedTime(layout.pid()).toInstant());
      }
    }
  }

  /// Whether the container came to run: an earlier worker may have begun to remove its folder.
  private boolean ran() {
    return Files.exists(layout.pid()) || !Files.exists(layout.config());
  }

  private static IOException unwrapped(CompletionException thrown) {
    if (thrown.getCause() instanceof IOException known) {
      return known;
    }
    throw thrown;
  }

  private void requireWanted() throws SwayException {
    EndReason why = cancelled.get();
    if (why != null) {
      throw new SwayException(FailureKind.RUN, "run " + id + " " + why.text());
    }
  }

  private void removeContainer() throws IOException {
    try {
      // runc has removed a container that ended by itself; only what was killed, or never started,
      // is left.
      if (runc.knows(id)) {
        runc.delete(id);
      }
    } finally {
      Cgroups.remove(id);
    }
  }

  /// Cleans up even on a thread that was interrupted; answers whether that succeeded. A failure is
  /// the operator's business: the user gets the run's own result, the next start of the worker
  /// sweeps.
  private boolean clean(Cleaning cleaning) {
    boolean interrupted = Thread.interrupted();
    try {
      cleaning.run();
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "run {0} is not cleared away: {1}",
          id,
          String.valueOf(e.getMessage()));
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
