package dev.sway.lazyfsd.mount;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/// The mounts of a worker, one for each image, made when first asked for and kept until the worker
/// ends. Thread-safe.
public final class MountTable implements AutoCloseable {
  private final Path folder;
  private final ImageMounter mounter;
  private final Map<Digest, CompletableFuture<MountedImage>> mounts = new ConcurrentHashMap<>();

  /// @param folder for the mount points
  /// @param mounter stays the caller's to close, after this
  public MountTable(Path folder, ImageMounter mounter) {
    this.folder = folder;
    this.mounter = mounter;
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
      Path point = Files.createDirectories(folder.resolve(digest.hex()));
      MountedImage mounted = mounter.mount(digest, point);
      mine.complete(mounted);
      return new Acquired(mounted, true);
    } catch (IOException | RuntimeException e) {
      mounts.remove(digest, mine);
      mine.completeExceptionally(e);
      throw e;
    }
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
    for (CompletableFuture<MountedImage> mount : mounts.values()) {
      if (!mount.isCompletedExceptionally()) {
        MountedImage image = mount.join();
        image.close();
        Files.deleteIfExists(image.point());
      }
    }
    mounts.clear();
  }
}
