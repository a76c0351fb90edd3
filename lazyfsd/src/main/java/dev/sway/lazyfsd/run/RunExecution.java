package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.linux.OpenFiles;
import dev.sway.lazyfsd.mount.MountedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One run, from its folder to its removal. [#cancel] may come from any thread; the rest belongs to
/// one.
///
/// That one never waits for the observer while the container runs, so that a run whose observer is
/// stuck can still be cancelled and cleared away.
final class RunExecution {
  private static final System.Logger LOG = System.getLogger(RunExecution.class.getName());
  private static final long ALIVE_SECONDS = 1;

  private final RunId id;
  private final RunLayout.Run layout;
  private final Runc runc;
  private final MountedImage image;
  private final RunObserver observer;
  private final ReentrantLock showing = new ReentrantLock();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> cancellation = new CompletableFuture<>();
  private volatile @Nullable Process process;
  private volatile boolean over;

  RunExecution(RunId id, RunLayout layout, Runc runc, MountedImage image, RunObserver observer) {
    this.id = id;
    this.layout = layout.of(id);
    this.runc = runc;
    this.image = image;
    this.observer = observer;
  }

  /// Part of the clean-up.
  @FunctionalInterface
  private interface Cleaning {
    void run() throws IOException;
  }

  /// Runs the container to its end and removes every trace of it. Nothing is shown any more once
  /// this has ended.
  ///
  /// @return its exit code
  /// @throws SwayException where it could not be started; then nothing of it was shown
  int execute(ContainerProcess container) throws IOException {
    Files.createDirectory(
        layout.folder(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    boolean clean = true;
    try {
      writeBundle(container);
      RunOverlay overlay = RunOverlay.mount(layout, image.point(), image.view());
      try {
        return runContainer(container);
      } finally {
        boolean removed = clean(this::removeContainer);
        clean = clean(overlay::close) && removed;
      }
    } finally {
      over = true;
      if (clean) {
        // Else it stays, for the sweep at the worker's next start.
        clean(() -> RunFiles.deleteTree(layout.folder()));
      }
    }
  }

  /// Ends the container, if it runs: its execution then throws.
  void cancel() {
    if (over || !cancelled.compareAndSet(false, true)) {
      return;
    }
    Process running = process;
    if (running != null) {
      end(running);
    }
    cancellation.complete(null);
  }

  private void writeBundle(ContainerProcess container) throws IOException {
    Files.write(layout.config(), RuntimeConfig.of(id, layout, container, OpenFiles.hardLimit()));
    Files.writeString(layout.hosts(), "127.0.0.1\tlocalhost %s\n::1\tlocalhost\n".formatted(id));
    Files.writeString(layout.hostname(), id + "\n");
    for (Path shown : new Path[] {layout.hosts(), layout.hostname()}) {
      Files.setPosixFilePermissions(shown, PosixFilePermissions.fromString("r--r--r--"));
    }
    if (container.script().isPresent()) {
      Files.write(layout.script(), container.script().get().content());
      Files.setPosixFilePermissions(layout.script(), PosixFilePermissions.fromString("r-xr-xr-x"));
    }
  }

  private int runContainer(ContainerProcess container) throws IOException {
    requireWanted();
    Process running = runc.run(id, layout);
    process = running;
    if (cancelled.get()) {
      // Whoever cancelled may not have seen the process.
      end(running);
    }
    CompletableFuture<?> pumps =
        CompletableFuture.allOf(
            pump(running, running.getInputStream(), 1), pump(running, running.getErrorStream(), 2));
    pulse(running);
    int exitCode = await(running);
    boolean lost = runc.knows(id);
    if (lost) {
      // runc was killed, and the container may hold its streams open for as long as it likes.
      runc.delete(id);
    }
    // A pump that failed has cancelled the run already.
    CompletableFuture.anyOf(pumps, cancellation).join();
    requireWanted();
    endShowing();
    if (!Files.exists(layout.pid())) {
      throw RuncLog.failure(layout.log(), container.args().getFirst(), exitCode);
    }
    if (lost) {
      throw new SwayException(
          FailureKind.RUN,
          "runc was killed while run %s went on, and ended with %d; the container is removed"
              .formatted(id, exitCode));
    }
    return exitCode;
  }

  private void requireWanted() throws SwayException {
    if (cancelled.get()) {
      throw new SwayException(FailureKind.RUN, "run " + id + " was ended from outside");
    }
  }

  private CompletableFuture<@Nullable Void> pump(Process running, InputStream in, int stream) {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    OutputPump pump = new OutputPump(in, stream, layout.pid(), running::isAlive, this::show);
    // Not virtual: one that reads a pipe holds its carrier, and there are few of those.
    Thread.ofPlatform()
        .name("run-" + id + "-" + stream)
        .daemon()
        .start(() -> {
          try {
            pump.pump();
          } catch (IOException | RuntimeException e) {
            cancel();
          } finally {
            done.complete(null);
          }
        });
    return done;
  }

  /// Shows that the run goes on, and thereby learns whether anybody still watches. Output tells so
  /// too: none waits for this.
  private void pulse(Process running) {
    Thread.ofVirtual()
        .name("run-" + id + "-alive")
        .start(() -> {
          try {
            while (!running.waitFor(ALIVE_SECONDS, TimeUnit.SECONDS)) {
              if (!showing.isLocked()) {
                show(new RunEvent.Alive());
              }
            }
          } catch (IOException | RuntimeException | InterruptedException e) {
            cancel();
          }
        });
  }

  private int await(Process running) throws IOException {
    try {
      return running.waitFor();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private InterruptedIOException interrupted(InterruptedException e) {
    cancel();
    Thread.currentThread().interrupt();
    return (InterruptedIOException)
        new InterruptedIOException("interrupted while run " + id + " went on").initCause(e);
  }

  private void show(RunEvent event) throws IOException {
    showing.lock();
    try {
      if (over) {
        throw new IOException("run " + id + " is over");
      }
      observer.show(event);
    } finally {
      showing.unlock();
    }
  }

  /// What is being shown is shown to its end, and nothing after it; whoever cancels the run does
  /// not wait for that.
  private void endShowing() throws IOException {
    try {
      while (!showing.tryLock(ALIVE_SECONDS, TimeUnit.SECONDS)) {
        requireWanted();
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    try {
      over = true;
    } finally {
      showing.unlock();
    }
  }

  private void end(Process running) {
    clean(() -> runc.delete(id));
    running.destroyForcibly();
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
