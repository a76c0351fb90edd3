package dev.sway.lazyfsd.run;

import dev.sway.lazyfsd.linux.MountInfo;
import dev.sway.lazyfsd.linux.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Clears what a worker that was killed has left in its state folder: containers, mounts, cgroups,
/// folders.
///
/// To be used while the folder's lock is held, before anything else: whatever is found belongs to
/// nobody.
public final class Sweeper {
  private static final System.Logger LOG = System.getLogger(Sweeper.class.getName());

  private Sweeper() {}

  /// Sweeps `state`, the worker's state folder, whose path has no symbolic links.
  public static void sweep(Path state) throws IOException {
    RunLayout layout = new RunLayout(state);
    List<RunId> left = left(layout);
    if (!left.isEmpty()) {
      Runc runc = Runc.find(layout.runcRoot());
      for (RunId id : left) {
        runc.delete(id);
        Cgroups.remove(id);
      }
    }
    // Not all below the state folder: it, or its cache, may be a disk of its own.
    List<MountInfo> mounts = new ArrayList<>(MountInfo.below(layout.runs()));
    mounts.addAll(MountInfo.below(layout.mounts()));
    for (MountInfo mount : mounts) {
      SystemCalls.unmount(mount.point(), true);
    }
    for (RunId id : left) {
      RunFiles.deleteTree(layout.of(id).folder());
    }
    for (MountInfo mount : mounts) {
      if (mount.point().startsWith(layout.mounts())) {
        Files.deleteIfExists(mount.point());
      }
    }
    if (!left.isEmpty() || !mounts.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "swept what a killed lazyfsd left: {0} runs, {1} mounts",
          left.size(),
          mounts.size());
    }
  }

  private static List<RunId> left(RunLayout layout) throws IOException {
    if (!Files.isDirectory(layout.runs())) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(layout.runs())) {
      return folders
          .map(folder -> folder.getFileName().toString())
          .filter(RunId::isOne)
          .map(RunId::new)
          .toList();
    }
  }
}
