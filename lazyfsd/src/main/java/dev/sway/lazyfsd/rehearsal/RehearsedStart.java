package dev.sway.lazyfsd.rehearsal;

import dev.sway.formats.trace.CommandKey;
import dev.sway.lazyfsd.api.PrefetchPolicy;
import dev.sway.lazyfsd.cache.CacheConfig;
import dev.sway.lazyfsd.cache.CacheLimits;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.learn.Learning;
import dev.sway.lazyfsd.learn.RunLearning;
import dev.sway.lazyfsd.linux.Folders;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.mount.ImageMounter;
import dev.sway.lazyfsd.mount.KeptMounts;
import dev.sway.lazyfsd.mount.MountKey;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.run.DryRun;
import dev.sway.lazyfsd.run.RunId;
import dev.sway.lazyfsd.run.RunLayout;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Starts on a worker that has nothing of an image, up to what runc would do: its metadata and its
/// profile are fetched, it is mounted, its hot pack is brought, a process reads it through a run's
/// root file system, and what it read is learnt. The first one has no profile and leaves one.
///
/// All of it is the worker's own code, with caches of its own; the mount is the worker's in that
/// its holder has it, so that one which is killed meanwhile is cleared away as ever. For one
/// thread.
final class RehearsedStart {
  static final CommandKey COMMAND = CommandKey.ofCommand(List.of("rehearsal"));
  private static final long CACHE_BYTES = 16L << 20;

  /// How often it is looked whether to go on.
  private static final long LOOK_MILLIS = 5;

  private static final Path READER = Path.of("/usr/bin/grep");

  /// What grep looks for. No file has it, so that it reads them to their ends.
  private static final String NOWHERE = "sway looks for this and does not find it in any file";

  /// What grep says where it has read all and found nothing.
  private static final int NOTHING_FOUND = 1;

  /// How long a process may read, and how long may be learnt from it.
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final RunLayout layout;
  private final FuseTransport transport;
  private final KeptMounts kept;
  private final RehearsalImage image;
  private final Path folder;
  private final UnwantedException.Check check;

  /// Makes sure that this machine has what a start needs.
  static void requireReader() throws IOException {
    if (!Files.isExecutable(READER)) {
      throw new IOException(READER + " is not there, which is to read what is mounted");
    }
  }

  /// @param layout of the worker
  /// @param kept the worker's
  /// @param folder for caches; nothing is in it before a start nor after it
  /// @param check is called now and then; what it throws ends a start
  RehearsedStart(
      RunLayout layout,
      FuseTransport transport,
      KeptMounts kept,
      RehearsalImage image,
      Path folder,
      UnwantedException.Check check) {
    this.layout = layout;
    this.transport = transport;
    this.kept = kept;
    this.image = image;
    this.folder = folder;
    this.check = check;
  }

  /// Does one.
  void play() throws IOException {
    check.run();
    Path state = PrivateFolder.open(folder);
    try (ImageMounter mounter =
            new ImageMounter(
                state,
                new CacheConfig(state.resolve("packs"), CacheLimits.NONE, CACHE_BYTES),
                image.client(),
                image.sources(),
                transport,
                Optional.of(kept));
        MountTable mounts = new MountTable(layout.mounts(), mounter::mount);
        Learning learning = Learning.open(state, image.client())) {
      Instant started = Instant.now();
      long startedNanos = System.nanoTime();
      RunId id = RunId.random();
      MountKey key = MountKey.own(image.manifest(), id.text());
      MountedImage mounted = mounts.acquire(key).image();
      RunLearning notes =
          learning.begin(
              new RunLearning.Subject(
                  id.text(), "", image.manifest(), COMMAND, List.of(), started, startedNanos, true),
              mounted,
              PrefetchPolicy.OVERLAP,
              Optional.empty());
      run(id, mounted, notes);
    } finally {
      Folders.delete(folder);
    }
  }

  private void run(RunId id, MountedImage mounted, RunLearning notes) throws IOException {
    boolean complete = false;
    try (DryRun run = DryRun.open(layout, id, mounted, List.of("/bin/true"))) {
      check.run();
      read(run.root());
      complete = true;
    } finally {
      if (!complete) {
        notes.abandon();
      }
    }
    CompletableFuture<Boolean> learnt = new CompletableFuture<>();
    notes.end(0, () -> learnt.complete(true));
    await(
        "what a rehearsed start has read",
        () -> learnt.copy().completeOnTimeout(false, LOOK_MILLIS, TimeUnit.MILLISECONDS).join());
  }

  /// Something to wait for, for a short while.
  @FunctionalInterface
  private interface Awaited {
    boolean came() throws InterruptedException;
  }

  private void await(String what, Awaited awaited) throws IOException {
    long patience = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!awaited.came()) {
        check.run();
        if (System.nanoTime() > patience) {
          throw new IOException(what + " takes more than " + PATIENCE.toSeconds() + " s");
        }
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /// Has a process of its own read all files: a thread of this one that waits for a mount of this
  /// one is in the way when it is killed.
  private void read(Path root) throws IOException {
    ProcessBuilder command =
        new ProcessBuilder(READER.toString(), "-raF", NOWHERE, root.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    command.environment().clear();
    command.environment().put("LC_ALL", "C");
    Process reader = command.start();
    try {
      await(
          READER + " on what is mounted", () -> reader.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS));
      if (reader.exitValue() != NOTHING_FOUND) {
        throw new IOException(
            "%s ended with %d on what is mounted".formatted(READER, reader.exitValue()));
      }
    } finally {
      end(reader);
    }
  }

  /// It is not to use the mount when that ends.
  private static void end(Process reader) throws IOException {
    reader.destroyForcibly();
    try {
      if (!reader.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException(READER + " does not end");
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }
}
