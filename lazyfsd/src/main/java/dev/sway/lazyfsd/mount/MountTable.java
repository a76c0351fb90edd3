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

/// The mounts of a worker, one for each image, made when first asked for and kept until the worker
/// ends. Thread-safe; [#close] is idempotent.
public final class MountTable implements AutoCloseable {
  private final Path folder;
  private final Mounting mounting;
  private final Map<Digest, CompletableFuture<MountedImage>> mounts = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /// @param folder for the mount points
  /// @param mounting makes the mounts, such as [ImageMounter#mount]
  public MountTable(Path folder, Mounting mounting) {
    this.folder = folder;
    this.mounting = mounting;
  }

  /// A way to mount the image with this manifest digest at an empty folder.
  @FunctionalInterface
  public interface Mounting {
    MountedImage mount(Digest digest, Path point) throws IOException;
  }

  /// A mount, and whether it was made for this call.
  public record Acquired(MountedImage image, boolean cold) {}

  /// The mount of the image with this manifest digest. Whoever asks meanwhile waits for the one who
  /// mounts.
  public Acquired acquire(Digest digest) throws IOException {
    CompletableFuture<MountedImage> mine = new CompletableFuture<>();
    CompletableFuture<MountedImage> first = mounts.putIfAbsent(digest, mine);
    if (first != null) {
      return new Acquired(await(first), false);
    }
    try {
      // After the entry is there, so that either this sees that the table is closed, or `close`
      // sees
      // the entry.
      if (closed) {
        throw new SwayException(
            FailureKind.WORKER_UNREACHABLE,
            "the worker is shutting down; try again when it is back");
      }
      MountedImage mounted = mount(digest);
      mine.complete(mounted);
      return new Acquired(mounted, true);
    } catch (Throwable e) {
      // Errors too: whoever waits for this mount would wait for ever.
      mounts.remove(digest, mine);
      mine.completeExceptionally(e);
      throw e;
    }
  }

  /// Takes a mount into the table that is there already, such as one that an earlier worker has
  /// left.
  ///
  /// @param resuming goes on serving it, such as [ImageMounter#resume]
  public void adopt(Digest digest, Mounting resuming) throws IOException {
    MountedImage resumed = resuming.mount(digest, point(folder, digest));
    mounts.put(digest, CompletableFuture.completedFuture(resumed));
  }

  /// Where the image with this manifest digest is mounted, if it is.
  ///
  /// @param folder for the mount points
  public static Path point(Path folder, Digest digest) {
    return folder.resolve(digest.hex());
  }

  private MountedImage mount(Digest digest) throws IOException {
    Path point = Files.createDirectories(point(folder, digest));
    boolean mounted = false;
    try {
      MountedImage image = mounting.mount(digest, point);
      mounted = true;
      return image;
    } finally {
      if (!mounted) {
        Files.deleteIfExists(point);
      }
    }
  }

  /// The mount of the image with this manifest digest, if it is there already.
  public Optional<MountedImage> find(Digest digest) {
    CompletableFuture<MountedImage> mount = mounts.get(digest);
    return mount == null || !mount.isDone() || mount.isCompletedExceptionally()
        ? Optional.empty()
        : Optional.of(mount.join());
  }

  /// Whether the mount of the image with this manifest digest goes on when this process ends,
  /// because the holder has its descriptors.
  public boolean outlives(Digest digest) {
    return find(digest).map(image -> !image.mount().descriptors().isEmpty()).orElse(false);
  }

  /// Leaves the mounts that go on without this process to the next one, and closes the others. What
  /// is left is served until this process ends.
  ///
  /// @return whether there are any such
  public boolean leave() throws IOException {
    // While they are served: a thread of this process that asks one of these mounts for something
    // when the last server goes could never end, and this process with it.
    for (Digest digest : mounts.keySet()) {
      find(digest).ifPresent(image -> image.prefetches().close());
    }
    boolean left = mounts.keySet().removeIf(this::outlives);
    close();
    return left;
  }

  /// How many images are mounted.
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
        MountedImage image = await(mount);
        image.close();
        Files.deleteIfExists(image.point());
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
