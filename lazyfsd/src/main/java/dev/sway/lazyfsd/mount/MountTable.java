package dev.sway.lazyfsd.mount;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/// The mounts of a worker: one for each image, made when first asked for and kept until the worker
/// ends, and those that single runs have for themselves. Thread-safe; [#close] is idempotent.
public final class MountTable implements AutoCloseable {
  private final Path folder;
  private final Mounting mounting;
  private final Map<MountKey, CompletableFuture<MountedImage>> mounts = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /// @param folder for the mount points
  /// @param mounting makes the mounts, such as [ImageMounter#mount]
  public MountTable(Path folder, Mounting mounting) {
    this.folder = folder;
    this.mounting = mounting;
  }

  /// A way to mount an image at an empty folder.
  @FunctionalInterface
  public interface Mounting {
    MountedImage mount(MountKey key, Path point) throws IOException;
  }

  /// A mount, and whether it was made for this call.
  public record Acquired(MountedImage image, boolean cold) {}

  /// The mount with this key, made where it is not there. Whoever asks meanwhile waits for the one
  /// who mounts.
  public Acquired acquire(MountKey key) throws IOException {
    CompletableFuture<MountedImage> mine = new CompletableFuture<>();
    CompletableFuture<MountedImage> first = mounts.putIfAbsent(key, mine);
    if (first != null) {
      return new Acquired(await(first), false);
    }
    try {
      // After the entry is there, so that either this sees that the table is closed, or `close`
      // sees the entry.
      if (closed) {
        throw new SwayException(
            FailureKind.WORKER_UNREACHABLE,
            "the worker is shutting down; try again when it is back");
      }
      MountedImage mounted = mount(key);
      mine.complete(mounted);
      return new Acquired(mounted, true);
    } catch (Throwable e) {
      // Errors too: whoever waits for this mount would wait for ever.
      mounts.remove(key, mine);
      mine.completeExceptionally(e);
      throw e;
    }
  }

  /// Takes a mount into the table that is there already, such as one that an earlier worker has
  /// left.
  ///
  /// @param resuming goes on serving it, such as [ImageMounter#resume]
  public void adopt(MountKey key, Mounting resuming) throws IOException {
    MountedImage resumed = resuming.mount(key, point(folder, key));
    mounts.put(key, CompletableFuture.completedFuture(resumed));
  }

  /// Where the mount with this key is, if there is one.
  ///
  /// @param folder for the mount points
  public static Path point(Path folder, MountKey key) {
    return folder.resolve(key.toString());
  }

  private MountedImage mount(MountKey key) throws IOException {
    Path point = Files.createDirectories(point(folder, key));
    boolean mounted = false;
    try {
      MountedImage image = mounting.mount(key, point);
      mounted = true;
      return image;
    } finally {
      if (!mounted) {
        Files.deleteIfExists(point);
      }
    }
  }

  /// Ends the mount that a run had for itself, which nobody uses any more; does nothing to others.
  public void release(MountKey key) throws IOException {
    CompletableFuture<MountedImage> mount = key.isOwn() ? mounts.remove(key) : null;
    if (mount != null) {
      close(await(mount));
    }
  }

  private static void close(MountedImage image) throws IOException {
    image.close();
    Files.deleteIfExists(image.point());
  }

  /// The mount that a run of this image is on: its own, or else the one that is shared.
  ///
  /// @param run its id
  public Optional<MountedImage> of(String run, Digest digest) {
    return find(MountKey.own(digest, run)).or(() -> find(MountKey.shared(digest)));
  }

  /// The mount with this key, if it is there already.
  public Optional<MountedImage> find(MountKey key) {
    CompletableFuture<MountedImage> mount = mounts.get(key);
    return mount == null || !mount.isDone() || mount.isCompletedExceptionally()
        ? Optional.empty()
        : Optional.of(mount.join());
  }

  /// Whether the mount that a run of this image is on goes on when this process ends, because the
  /// holder has its descriptors.
  ///
  /// @param run its id
  public boolean outlives(String run, Digest digest) {
    return of(run, digest).map(MountTable::outlives).orElse(false);
  }

  private static boolean outlives(MountedImage image) {
    return !image.mount().descriptors().isEmpty();
  }

  /// Leaves the mounts that go on without this process to the next one, and closes the others. What
  /// is left is served until this process ends.
  ///
  /// @return whether there are any such
  public boolean leave() throws IOException {
    // While they are served: a thread of this process that asks one of these mounts for something
    // when the last server goes could never end, and this process with it.
    for (MountKey key : mounts.keySet()) {
      find(key).ifPresent(MountedImage::beQuiet);
    }
    boolean left =
        mounts.keySet().removeIf(key -> find(key).map(MountTable::outlives).orElse(false));
    close();
    return left;
  }

  /// Has all mounts do without what only makes them quicker, until they are used again. To have
  /// returned before [#leave] is called, for the same reason.
  public void trim() {
    for (MountKey key : mounts.keySet()) {
      find(key).ifPresent(MountedImage::trim);
    }
  }

  /// How many mounts there are.
  public int size() {
    return mounts.size();
  }

  private static MountedImage await(CompletableFuture<MountedImage> mount) throws IOException {
    try {
      return mount.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    IOException failure = null;
    for (CompletableFuture<MountedImage> mount : mounts.values()) {
      try {
        close(await(mount));
      } catch (IOException | RuntimeException e) {
        // A mount that failed is gone already, and whoever asked for it has been told.
        if (!mount.isCompletedExceptionally()) {
          failure = new IOException("cannot close a mount: " + e.getMessage(), e);
        }
      }
    }
    mounts.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
