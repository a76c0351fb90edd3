package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// Folders that only the worker's user may enter: an image has files that only its root may read,
/// and they are in the worker's caches and mounts.
public final class PrivateFolder {
  private static final String PERMISSIONS = "rwx------";

  private PrivateFolder() {}

  /// Creates `folder`, whose parent exists, for this user alone from the start.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException where something is there
  public static Path create(Path folder) throws IOException {
    return Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PERMISSIONS)));
  }

  /// Creates `folder`, whose parents may exist or not, or takes it as it is, and closes it to
  /// others.
  public static Path open(Path folder) throws IOException {
    Files.createDirectories(folder);
    return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(PERMISSIONS));
  }
}
