package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// Folders that only the worker's user may enter: an image has files that only its root may read,
/// and they are in the worker's caches and mounts.
public final class PrivateFolder {
  private PrivateFolder() {}

  /// Creates `folder`, whose parents may exist or not, or takes it as it is, and closes it to
  /// others.
  public static Path open(Path folder) throws IOException {
    Files.createDirectories(folder);
    return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
  }
}
