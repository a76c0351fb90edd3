package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs containers on images. Thread-safe: any number of runs at once, each on a thread of its own.
public final class RunService implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RunService.class.getName());
  private static final double NANOS = 1e9;

  /// How long the clean-up after a run may take while the worker ends.
  private static final long END_SECONDS = 60;

  private final RunLayout layout;
  private final ImageNames names;
  private final MountTable mounts;
  private final Runc runc;
  private final Map<RunId, Running> running = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /// A run under way.
  ///
  /// @param execution of it
  /// @param gone completes once nothing is left of it
  private record Running(RunExecution execution, CompletableFuture<@Nullable Void> gone) {}

  private RunService(RunLayout layout, ImageNames names, MountTable mounts, Runc runc) {
    this.layout = layout;
    this.names = names;
    this.mounts = mounts;
    this.runc = runc;
  }

  /// A service in the worker's state folder, which was swept.
  ///
  /// @param names says what images' names point at
  /// @param mounts stays the caller's to close, after this
  /// @throws SwayException of kind `no-runc` where runc is not installed
  public static RunService open(Path state, ImageNames names, MountTable mounts)
      throws IOException {
    RunLayout layout = new RunLayout(state);
    Runc runc = Runc.find(layout.runcRoot());
    PrivateFolder.open(layout.runs());
    PrivateFolder.open(layout.runcRoot());
    return new RunService(layout, names, mounts, runc);
  }

  /// How many containers run.
  public int size() {
    return running.size();
  }

  /// A run that is ready to start: its image is mounted, its request makes sense.
  public final class Prepared {
    private final RunId id;
    private final MountTable.Acquired mount;
    private final ContainerProcess process;
    private final long started;
    private final long mounted;
    private final FetchCounters.Snapshot before;

    private Prepared(
        RunId id,
        MountTable.Acquired mount,
        ContainerProcess process,
        FetchCounters.Snapshot before,
        long started) {
      this.id = id;
      this.mount = mount;
      this.process = process;
      this.started = started;
      this.before = before;
      this.mounted = System.nanoTime();
    }

    /// Runs to the end, and shows all of it to `observer`, from `started` to `exited`.
    ///
    /// @throws SwayException where the container could not be started, or lost its image
    public void run(RunObserver observer) throws IOException {
      observer.show(new RunEvent.Started(id.text()));
      int exitCode = execute(observer);
      long ended = System.nanoTime();
      FetchCounters.Snapshot fetched = mount.image().counters().snapshot().since(before);
      Throwable lost = mount.image().counters().lastFailure();
      if (exitCode != 0 && fetched.failures() > 0 && lost != null) {
        FailureKind kind =
            lost instanceof SwayException known ? known.kind() : FailureKind.INTERNAL;
        throw new SwayException(
            kind,
            "run %s lost its image and ended with %d: %s"
                .formatted(id, exitCode, String.valueOf(lost.getMessage())),
            lost);
      }
      RunResult.Seconds seconds =
          new RunResult.Seconds(
              (ended - started) / NANOS, (mounted - started) / NANOS, (ended - mounted) / NANOS);
      observer.show(
          new RunEvent.Exited(
              new RunResult(
                  id.text(),
                  exitCode,
                  seconds,
                  fetched.bytes(),
                  fetched.requests(),
                  mount.image().image().manifest().packBytes(),
                  mount.cold())));
    }

    private int execute(RunObserver observer) throws IOException {
      RunExecution execution = new RunExecution(id, layout, runc, mount.image(), observer);
      FutureTask<Integer> task =
          new FutureTask<>(() -> {
            CompletableFuture<@Nullable Void> gone = new CompletableFuture<>();
            running.put(id, new Running(execution, gone));
            try {
              // After the entry is there, so that either this sees that the service is closed, or
              // `close` sees the entry.
              requireOpen();
              return execution.execute(process);
            } finally {
              running.remove(id);
              gone.complete(null);
            }
          });
      // Not on a virtual thread: one that asks the kernel to mount the overlay holds its carrier
      // while the kernel asks the FUSE mount below, which may be waiting for chunks that other
      // virtual threads bring.
      Thread.ofPlatform().name("run-" + id).daemon().start(task);
      try {
        return task.get();
      } catch (InterruptedException e) {
        execution.cancel();
        Thread.currentThread().interrupt();
        throw (InterruptedIOException)
            new InterruptedIOException("interrupted while run " + id + " went on").initCause(e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException known) {
          throw known;
        }
        throw new IllegalStateException("run " + id + " failed", e.getCause());
      }
    }
  }

  /// Resolves and mounts the image of `request`, and works out what is to be run.
  ///
  /// @throws SwayException of kind `unknown-image`, `usage`, `run`, `blobd-unreachable` and others
  ///   that say what is wrong
  public Prepared prepare(RunRequest request) throws IOException {
    long started = System.nanoTime();
    requireOpen();
    RequestRules.check(request);
    Digest digest = names.resolve(ImageName.parse(request.image()));
    MountTable.Acquired mount = mounts.acquire(digest);
    FetchCounters.Snapshot before =
        mount.cold() ? new FetchCounters.Snapshot(0, 0, 0, 0) : mount.image().counters().snapshot();
    RunId id = RunId.random();
    MountPoints.check(mount.image().view());
    ImagePaths paths = new ImagePaths(mount.image().view());
    ContainerProcess process =
        ContainerProcess.of(
            mount.image().image().manifest().config(), request, Accounts.of(paths), id);
    if (request.what() instanceof RunRequest.Script script) {
      Interpreter.require(script, paths);
    }
    Executable.require(process, paths);
    requireFolder(paths, process.cwd());
    return new Prepared(id, mount, process, before, started);
  }

  /// runc creates a working directory that is missing, but says little of one that is no folder.
  /// One in the kernel's own file systems may lead out of the container (CVE-2024-21626).
  private static void requireFolder(ImagePaths paths, String cwd) throws IOException {
    String resolved = paths.resolve(cwd) + "/";
    if (resolved.startsWith("/proc/") || resolved.startsWith("/sys/")) {
      throw new SwayException(
          FailureKind.RUN,
          "the working directory '%s' is in %s, which is the kernel's; choose another with -w"
              .formatted(cwd, resolved.substring(0, resolved.indexOf('/', 1))));
    }
    Optional<InodeRecord> found = paths.find(cwd);
    if (found.isPresent()
        && FileType.ofMode(found.get().mode()).orElse(null) != FileType.DIRECTORY) {
      throw new SwayException(
          FailureKind.RUN,
          "the working directory '%s' is no folder in the image; choose another with -w"
              .formatted(cwd));
    }
  }

  private void requireOpen() throws SwayException {
    if (closed) {
      throw new SwayException(
          FailureKind.WORKER_UNREACHABLE, "the worker is shutting down; try again when it is back");
    }
  }

  /// Ends all runs and waits until nothing is left of them; those who wait for one get an error.
  /// Idempotent.
  @Override
  public void close() {
    closed = true;
    try (ExecutorService ends =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("run-end-", 0).factory())) {
      running.forEach((id, run) ->
          ends.execute(() -> {
            run.execution().cancel();
            try {
              run.gone().orTimeout(END_SECONDS, TimeUnit.SECONDS).join();
            } catch (CompletionException e) {
              LOG.log(
                  System.Logger.Level.ERROR,
                  "run {0} is not cleared away within {1} s",
                  id,
                  END_SECONDS);
            }
          }));
    }
  }
}
