package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.mount.MountedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One run, from its folder to its removal. [#cancel] may come from any thread; the rest belongs to
/// one.
final class RunExecution {
  private static final System.Logger LOG = System.getLogger(RunExecution.class.getName());
  private static final long ALIVE_SECONDS = 1;

  private final RunId id;
  private final RunLayout.Run layout;
  private final Runc runc;
  private final MountedImage image;
  private final RunObserver observer;
  private final ReentrantLock showing = new ReentrantLock();
  private volatile @Nullable Process process;
  private volatile boolean cancelled;

  RunExecution(RunId id, RunLayout layout, Runc runc, MountedImage image, RunObserver observer) {
    this.id = id;
    this.layout = layout.of(id);
    this.runc = runc;
    this.image = image;
    this.observer = observer;
  }

  /// Runs the container to its end and removes every trace of it.
  ///
  /// @return its exit code
  /// @throws SwayException where it could not be started; then nothing of it was shown
  int execute(ContainerProcess container) throws IOException {
    Files.createDirectory(
        layout.folder(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      writeBundle(container);
      try (RunOverlay _ = RunOverlay.mount(layout, image.point())) {
        try {
          return runContainer(container);
        } finally {
          removeContainer();
        }
      }
    } finally {
      RunFiles.deleteTree(layout.folder());
    }
  }

  /// Ends the container, if it runs: its execution then returns or throws.
  void cancel() {
    cancelled = true;
    Process running = process;
    if (running != null) {
      end(running);
    }
  }

  private void writeBundle(ContainerProcess container) throws IOException {
    Files.write(layout.config(), RuntimeConfig.of(id, layout, container));
    Files.writeString(layout.hosts(), "127.0.0.1\tlocalhost %s\n::1\tlocalhost\n".formatted(id));
    Files.writeString(layout.hostname(), id + "\n");
    for (Path shown : new Path[] {layout.hosts(), layout.hostname()}) {
      Files.setPosixFilePermissions(shown, PosixFilePermissions.fromString("r--r--r--"));
    }
    if (container.script().isPresent()) {
      RunRequest.Script script = container.script().get();
      Files.createDirectory(layout.script());
      Path file = layout.script().resolve(script.name());
      Files.write(file, script.content());
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r-xr-xr-x"));
    }
  }

  private int runContainer(ContainerProcess container) throws IOException {
    Process running = runc.run(id, layout);
    process = running;
    if (cancelled) {
      end(running);
    }
    CompletableFuture<@Nullable Void> out = pump(running, running.getInputStream(), 1);
    CompletableFuture<@Nullable Void> err = pump(running, running.getErrorStream(), 2);
    int exitCode = await(running);
    join(out);
    join(err);
    if (cancelled) {
      throw new SwayException(FailureKind.RUN, "run " + id + " was ended from outside");
    }
    if (!Files.exists(layout.pid())) {
      throw RuncLog.failure(layout.log(), container.args().getFirst(), exitCode);
    }
    return exitCode;
  }

  private CompletableFuture<@Nullable Void> pump(Process running, InputStream in, int stream) {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    OutputPump pump = new OutputPump(in, stream, layout.pid(), running::isAlive, this::show);
    Thread.ofVirtual()
        .name("run-" + id + "-" + stream)
        .start(() -> {
          try {
            pump.pump();
            done.complete(null);
          } catch (IOException | RuntimeException e) {
            cancel();
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  /// Waits for runc; shows meanwhile that the run goes on, and thereby learns whether anybody still
  /// watches.
  private int await(Process running) throws IOException {
    try {
      while (!running.waitFor(ALIVE_SECONDS, TimeUnit.SECONDS)) {
        try {
          show(new RunEvent.Alive());
        } catch (IOException e) {
          cancel();
        }
      }
      return running.exitValue();
    } catch (InterruptedException e) {
      cancel();
      Thread.currentThread().interrupt();
      throw (InterruptedIOException)
          new InterruptedIOException("interrupted while run " + id + " went on").initCause(e);
    }
  }

  private void show(RunEvent event) throws IOException {
    showing.lock();
    try {
      observer.show(event);
    } finally {
      showing.unlock();
    }
  }

  private static void join(CompletableFuture<@Nullable Void> pump) {
    // A pump that failed has cancelled the run already.
    pump.exceptionally(e -> null).join();
  }

  private void end(Process running) {
    try {
      runc.delete(id);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "{0}", e.getMessage());
    }
    running.destroyForcibly();
  }

  private void removeContainer() throws IOException {
    // runc has removed a container that ended by itself; only what was killed, or never started, is
    // left.
    if (Files.exists(runc.root().resolve(id.text()))) {
      runc.delete(id);
    }
    Cgroups.remove(id);
  }
}
