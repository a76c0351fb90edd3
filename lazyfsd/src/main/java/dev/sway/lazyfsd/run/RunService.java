package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.api.PrefetchPolicy;
import dev.sway.lazyfsd.api.RunInfo;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.holder.RunHolder;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.learn.Learning;
import dev.sway.lazyfsd.learn.ProfileLookup;
import dev.sway.lazyfsd.learn.RunLearning;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.mount.MountKey;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Provenance;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// Runs containers on images. Thread-safe: any number of runs at once, each on a thread of its own.
public final class RunService implements AutoCloseable {
  private static final double NANOS = 1e9;

  private final ImageNames names;
  private final MountTable mounts;
  private final RunTable runs;
  private final Learning learning;
  private final AtomicInteger preparing = new AtomicInteger();
  private volatile boolean closed;

  private RunService(ImageNames names, MountTable mounts, RunTable runs, Learning learning) {
    this.learning = learning;
    this.names = names;
    this.mounts = mounts;
    this.runs = runs;
  }

  /// A service in the worker's state folder, which was swept. Runs that an earlier worker left with
  /// the holder go on where `mounts` has their images' mounts, and are ended where not.
  ///
  /// @param names says what images' names point at
  /// @param mounts stays the caller's to close, after this
  /// @param holder likewise
  /// @param grace how long a run may be without a client that watches it
  /// @param learning has runs prefetch; stays the caller's to close, after this
  /// @throws SwayException of kind `no-runc` where runc is not installed
  public static RunService open(
      Path state,
      ImageNames names,
      MountTable mounts,
      HolderClient holder,
      Duration grace,
      Learning learning)
      throws IOException {
    RunLayout layout = new RunLayout(state);
    Runc runc = Runc.find(layout.runcRoot());
    PrivateFolder.open(layout.runs());
    PrivateFolder.open(layout.runcRoot());
    RunTable runs = new RunTable(layout, runc, new RunHolder(holder), mounts, grace);
    runs.takeOver();
    return new RunService(names, mounts, runs, learning);
  }

  /// Clients can reach this from now on: runs that an earlier worker has left, and that nobody asks
  /// for within the grace, end.
  public void clientsMayCome() {
    runs.clientsMayCome();
  }

  /// Makes sure that [#open] finds what it needs on this machine.
  ///
  /// @throws SwayException of kind `no-runc` where runc is not installed
  public static void check(Path state) throws SwayException {
    var _ = Runc.find(new RunLayout(state).runcRoot());
  }

  /// How many containers run.
  public int size() {
    return runs.running();
  }

  /// Whether no run is being started, or may still be starting. Containers that have been there for
  /// a while do not count.
  public boolean isQuiet() {
    return preparing.get() == 0 && !runs.isStarting();
  }

  /// The runs there are, in the order in which they started; those too that have ended and whose
  /// last events wait for their client.
  public List<RunInfo> list() {
    return runs.list().stream().map(Run::info).toList();
  }

  /// One of them.
  ///
  /// @throws SwayException of kind `not-found` where there is none
  public RunInfo info(String id) throws SwayException {
    return runs.find(id).info();
  }

  /// Shows a run's events behind number `after`, to the last, instead of whoever watched it before.
  /// What is up to there is forgotten.
  ///
  /// @throws WatcherGoneException where the observer fails, or is not to watch any more
  /// @throws SwayException of kind `not-found` where there is no such run
  public void follow(String id, long after, RunObserver observer) throws IOException {
    runs.find(id).follow(after, observer);
  }

  /// Makes sure that [#follow] can show the events behind number `after`.
  ///
  /// @throws SwayException of kind `not-found` where there is no such run, `usage` where it has
  ///   fewer events, or has forgotten some of these
  public void requireEvents(String id, long after) throws IOException {
    runs.requireEvents(runs.find(id), after);
  }

  /// Forgets a run's events up to number `seq`.
  ///
  /// @throws SwayException of kind `not-found` where there is no such run, `usage` where it has
  ///   fewer events
  public void acknowledge(String id, long seq) throws IOException {
    runs.acknowledge(runs.find(id), seq);
  }

  /// Ends a run.
  public void end(String id) throws SwayException {
    runs.find(id).execution().cancel(EndReason.REQUEST);
  }

  /// A run that is ready to start: its image is mounted, its request makes sense.
  public final class Prepared {
    private final RunFacts facts;
    private final MountTable.Acquired mount;
    private final ContainerProcess process;
    private final long started;
    private final FetchCounters.Snapshot before;
    private final RunLearning learning;

    private Prepared(
        RunFacts facts,
        MountTable.Acquired mount,
        ContainerProcess process,
        FetchCounters.Snapshot before,
        long started,
        RunLearning learning) {
      this.facts = facts;
      this.learning = learning;
      this.mount = mount;
      this.process = process;
      this.before = before;
      this.started = started;
    }

    /// The id of the run.
    public String id() {
      return facts.id();
    }

    /// Starts it; [#follow] shows it. Where this throws there is no run.
    public void start() throws IOException {
      boolean starts = false;
      try {
        requireOpen();
        runs.start(facts, process, new RunAccount(facts, mount.image(), before, started), learning);
        starts = true;
        // Beside the start, not in front of it.
        names.use(facts.image(), facts.digest());
      } finally {
        if (!starts) {
          learning.abandon();
          mounts.release(mount.image().key());
        }
      }
    }
  }

  /// Resolves and mounts the image of `request`, and works out what is to be run.
  ///
  /// @throws SwayException of kind `unknown-image`, `usage`, `run`, `blobd-unreachable` and others
  ///   that say what is wrong
  public Prepared prepare(RunRequest request) throws IOException {
    preparing.incrementAndGet();
    try {
      return prepareNow(request);
    } finally {
      preparing.decrementAndGet();
    }
  }

  private Prepared prepareNow(RunRequest request) throws IOException {
    long millis = System.currentTimeMillis();
    long started = System.nanoTime();
    requireOpen();
    RequestRules.check(request);
    Digest digest = names.resolve(request.image());
    long resolved = System.nanoTime();
    RunId id = RunId.random();
    MountKey key =
        PrefetchPolicy.of(request.prefetch()) == PrefetchPolicy.RECORD
            ? MountKey.own(digest, id.text())
            : MountKey.shared(digest);
    Optional<ProfileLookup> lookup = lookUp(digest, request, key);
    MountTable.Acquired mount = mounts.acquire(key);
    boolean prepared = false;
    try {
      Prepared run = prepare(id, request, mount, new Start(millis, started, resolved), lookup);
      prepared = true;
      return run;
    } finally {
      if (!prepared) {
        mounts.release(key);
      }
    }
  }

  /// When a run's request came, and when its image was known.
  private record Start(long millis, long nanos, long resolved) {}

  private Prepared prepare(
      RunId id,
      RunRequest request,
      MountTable.Acquired mount,
      Start start,
      Optional<ProfileLookup> lookup)
      throws IOException {
    long mounted = System.nanoTime();
    FetchCounters.Snapshot before =
        mount.cold() ? FetchCounters.Snapshot.NONE : mount.image().counters().snapshot();
    RunLearning notes = begin(id, request, mount, start, lookup);
    boolean ready = false;
    try {
      notes.markNanos(Mark.RESOLVED, start.resolved());
      notes.markNanos(Mark.MOUNTED, mounted);
      ImagePaths paths = new ImagePaths(mount.image().view(), reads(mount));
      ContainerProcess process = process(request, mount.image(), paths, id);
      // Before anything of a program is read.
      notes.expect(
          () -> Executable.programs(process, new ImagePaths(mount.image().view())),
          process.script().map(RunRequest.Script::content));
      Executable.require(process, paths);
      requireFolder(paths, process.cwd());
      RunFacts facts =
          new RunFacts(
              id.text(),
              request.image(),
              mount.image().key().digest(),
              process.args().getFirst(),
              start.millis(),
              (System.nanoTime() - start.nanos()) / NANOS,
              mount.cold());
      ready = true;
      return new Prepared(facts, mount, process, before, start.nanos(), notes);
    } finally {
      if (!ready) {
        notes.abandon();
      }
    }
  }

  /// What is to be run.
  private static ContainerProcess process(
      RunRequest request, MountedImage image, ImagePaths paths, RunId id) throws IOException {
    MountPoints.check(image.view());
    return ContainerProcess.of(image.image().manifest().config(), request, Accounts.of(paths), id);
  }

  /// What is read before there is a process, such as who its user is, is waited for as what it
  /// reads itself is. A transport that does not tell who asks for what records nothing.
  private static ImagePaths.Reads reads(MountTable.Acquired acquired) {
    MountedImage image = acquired.image();
    return acquired.cold() && image.mount().stores()
        ? (inode, length, begin) ->
            image
                .log()
                .served(
                    Served.read(inode, 0, length, 0, begin, System.nanoTime(), Provenance.take()))
        : (_, _, _) -> {};
  }

  private RunLearning begin(
      RunId id,
      RunRequest request,
      MountTable.Acquired mount,
      Start start,
      Optional<ProfileLookup> lookup)
      throws SwayException {
    List<String> words =
        ContainerProcess.command(mount.image().image().manifest().config(), request.what());
    CommandKey key =
        request.what() instanceof RunRequest.Script script
            ? key(script, words)
            : CommandKey.ofCommand(words);
    return learning.begin(
        new RunLearning.Subject(
            id.text(),
            request.image(),
            mount.image().key().digest(),
            key,
            words,
            Instant.ofEpochMilli(start.millis()),
            start.nanos(),
            mount.cold()),
        mount.image(),
        PrefetchPolicy.of(request.prefetch()),
        lookup);
  }

  private static CommandKey key(RunRequest.Script script, List<String> words) {
    return CommandKey.ofScript(
        words.size() > script.args().size() + 1 ? Optional.of(words.getFirst()) : Optional.empty(),
        script.name());
  }

  /// Looks for the profile of a script while its image is mounted: what it is called says all. What
  /// a command is, the image's configuration has a part in.
  private Optional<ProfileLookup> lookUp(Digest digest, RunRequest request, MountKey key)
      throws SwayException {
    return request.what() instanceof RunRequest.Script script
            && PrefetchPolicy.of(request.prefetch()).prefetches()
            && mounts.find(key).isEmpty()
        ? Optional.of(learning.lookUp(digest, key(script, Interpreter.command(script))))
        : Optional.empty();
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

  /// The holder says that a run's process has ended.
  public void exited(String id, int exitCode) {
    runs.exited(id, exitCode);
  }

  /// The holder is gone: all runs are lost, and are cleared away.
  public void lost() {
    runs.lost();
  }

  /// Leaves the runs to the next worker: nobody watches them any more, and those on mounts that do
  /// not outlive this worker are ended. Nothing can be started after this.
  public void leave() {
    closed = true;
    runs.leave();
  }

  /// Ends all runs and waits until nothing is left of them; those who watch one get an error.
  /// Idempotent.
  @Override
  public void close() {
    closed = true;
    runs.close();
  }
}
