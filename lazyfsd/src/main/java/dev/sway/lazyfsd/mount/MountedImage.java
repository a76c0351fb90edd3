package dev.sway.lazyfsd.mount;

import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.image.LocalImage;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.view.ImageView;
import java.nio.file.Path;

/// An image that is mounted.
///
/// @param image its metadata
/// @param view the file system that is served
/// @param counters what serving it has taken
/// @param mount the mount itself
public record MountedImage(
    LocalImage image, ImageView view, FetchCounters counters, FuseMount mount)
    implements AutoCloseable {
  /// Where it is mounted.
  public Path point() {
    return mount.point();
  }

  @Override
  public void close() {
    try (image) {
      mount.close();
    }
  }
}
