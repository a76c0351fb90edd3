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
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/// Starts on a worker that has nothing of an image, up to what runc would do: its metadata and its
/// profile are fetched, it is mounted, its hot pack is brought, a process reads it through a run's
/// root file system, and what it read is learnt. The first one has no profile and leaves one.
///
/// All of it is the worker's own code, with caches of its own; the mount is the worker's in that
/// its holder has it, so that one which is killed meanwhile is cleared away as ever. For one
/// thread.
final class RehearsedStart {
  private static final CommandKey COMMAND = CommandKey.ofCommand(List.of("rehearsal"));
  private static final long CACHE_BYTES = 16L << 20;

  /// How often it is looked whether to go on.
  private static final long LOOK_MILLIS = 5;

  /// How long a process may read, and how long may be learnt from it.
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final RunLayout layout;
  private final FuseTransport transport;
  private final KeptMounts kept;
  private final RehearsalImage image;
  private final Path folder;
  private final BooleanSupplier unwanted;

  /// @param layout of the worker
  /// @param kept the worker's
  /// @param folder for caches; nothing is in it before a start nor after it
  /// @param unwanted whether to give it up
  RehearsedStart(
      RunLayout layout,
      FuseTransport transport,
      KeptMounts kept,
      RehearsalImage image,
      Path folder,
      BooleanSupplier unwanted) {
    this.layout = layout;
    this.transport = transport;
    this.kept = kept;
    this.image = image;
    this.folder = folder;
    this.unwanted = unwanted;
  }

  /// Does one; answers whether it came to its end.
  boolean play() throws IOException {
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
      return run(id, mounted, notes);
    } finally {
      Folders.delete(folder);
    }
  }

  private boolean run(RunId id, MountedImage mounted, RunLearning notes) throws IOException {
    boolean read = false;
    try (DryRun run = DryRun.open(layout, id, mounted, List.of("/bin/true"))) {
      read = read(run.root());
    } finally {
      if (!read) {
        notes.abandon();
      }
    }
    if (!read) {
      return false;
    }
    CompletableFuture<Boolean> learnt = new CompletableFuture<>();
    notes.end(0, () -> learnt.complete(true));
    try {
      return learnt.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw interrupted();
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("nothing is learnt of a rehearsed start", e);
    }
  }

  /// Has a process of its own read all files: a thread of this one that waits for a mount of this
  /// one is in the way when it is killed.
  private boolean read(Path root) throws IOException {
    Process reader =
        new ProcessBuilder(
                "/usr/bin/find", root.toString(), "-type", "f", "-exec", "cat", "{}", "+")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      long patience = System.nanoTime() + PATIENCE.toNanos();
      while (!reader.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        if (unwanted.getAsBoolean()) {
          return false;
        }
        if (System.nanoTime() > patience) {
          throw new IOException("find does not end");
        }
      }
      if (reader.exitValue() != 0) {
        throw new IOException("find ended with " + reader.exitValue());
      }
      return true;
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      end(reader);
    }
  }

  /// Nothing of it may use the mount when that ends.
  private static void end(Process reader) {
    reader.descendants().forEach(ProcessHandle::destroyForcibly);
    reader.destroyForcibly().onExit().join();
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }
}
