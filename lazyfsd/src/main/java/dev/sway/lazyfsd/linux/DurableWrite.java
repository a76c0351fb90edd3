package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/// Files that are as they were or as they should be after a crash at any moment: written under
/// another name, synced, renamed, and the folder synced.
public final class DurableWrite {
  private DurableWrite() {}

  /// Makes `bytes` the content of `target`, which may exist or not. When this returns they are on
  /// the disk. For one caller at a time for each target.
  public static void replace(Path target, byte[] bytes) throws IOException {
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    try {
      try (FileChannel channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
      }
      publish(partial, target);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /// Brings the complete file `partial` to the disk and gives it the name `target`, in the same
  /// folder.
  public static void publish(Path partial, Path target) throws IOException {
    force(partial);
    Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    forceFolder(Objects.requireNonNull(target.toAbsolutePath().getParent()));
  }

  /// Waits until the content of `file` is on the disk.
  public static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /// Waits until the names in `folder` are on the disk.
  public static void forceFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
