package dev.sway.lazyfsd.mount;

import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.image.LocalImage;
import dev.sway.lazyfsd.linux.MemoryAdvice;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.trace.AccessLog;
import dev.sway.lazyfsd.view.ImageView;
import dev.sway.lazyfsd.walk.Walks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/// An image that is mounted.
///
/// @param key which mount it is
/// @param image its metadata
/// @param view the file system that is served
/// @param counters what serving it has taken
/// @param log what the kernel asked it for
/// @param prefetches what runs had brought ahead
/// @param walks of it that are helped along
/// @param mount the mount itself
/// @param ended is told the key once the mount is gone
public record MountedImage(
    MountKey key,
    LocalImage image,
    ImageView view,
    FetchCounters counters,
    AccessLog log,
    MountPrefetches prefetches,
    Walks walks,
    FuseMount mount,
    Consumer<MountKey> ended)
    implements AutoCloseable {
  /// Where it is mounted.
  public Path point() {
    return mount.point();
  }

  /// Does without what only makes it quicker, until it is used again.
  void trim() {
    image.index().mapped(MountedImage::releaseFile);
    mount.trim();
    log.trim();
    prefetches.trim();
    walks.trim();
  }

  /// Nothing is asked of the mount by this process any more, but by runs.
  void beQuiet() {
    askNothing();
    mount.beQuiet();
  }

  private void askNothing() {
    prefetches.close();
    walks.close();
  }

  private static void releaseFile(long address) {
    try {
      MemoryAdvice.releaseFile(address);
    } catch (IOException e) {
      throw new UncheckedIOException("/proc does not tell what is mapped", e);
    }
  }

  @Override
  public void close() {
    try (image) {
      askNothing();
      mount.close();
      ended.accept(key);
    }
  }
}
