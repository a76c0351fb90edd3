package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/// Files that every process finds as they were or as they should be, but that a loss of power may
/// take or tear: for copies that are verified when they are read and can be had again, and for what
/// anybody can do without. Waits for no disk. [DurableWrite] is for all others.
public final class AtomicWrite {
  private static final String PARTIAL = ".partial";

  private AtomicWrite() {}

  /// Makes `bytes` the content of `target`, which may exist or not. For one caller at a time for
  /// each target.
  public static void replace(Path target, byte[] bytes) throws IOException {
    Path partial = target.resolveSibling(target.getFileName() + PARTIAL);
    try {
      Files.write(partial, bytes);
      publish(partial, target);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /// Removes what processes that were killed have left half written of files in `folder` whose
  /// names end with `ending`. For a time when nobody writes there.
  public static void removePartial(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(ending + PARTIAL)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /// Gives the complete file `partial` the name `target`, in the same folder.
  public static void publish(Path partial, Path target) throws IOException {
    Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
  }
}
