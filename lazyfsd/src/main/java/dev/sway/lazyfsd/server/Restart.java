package dev.sway.lazyfsd.server;

import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.linux.MountInfo;
import dev.sway.lazyfsd.linux.SystemCalls;
import dev.sway.lazyfsd.mount.KeptMounts;
import dev.sway.lazyfsd.mount.MountKey;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.run.KeptRuns;
import dev.sway.lazyfsd.run.Sweeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What a worker finds of an earlier one that was killed, and goes on with. For one thread.
final class Restart {
  private static final System.Logger LOG = System.getLogger(Restart.class.getName());

  private final KeptMounts kept;
  private final KeptRuns runs;
  private final List<MountKey> left;
  private final Path folder;

  /// @param folder of the mount points
  Restart(KeptMounts kept, KeptRuns runs, Path folder) throws IOException {
    this.kept = kept;
    this.runs = runs;
    this.folder = folder;
    this.left = new ArrayList<>();
    Set<Path> mounted =
        MountInfo.below(folder).stream()
            .filter(mount -> mount.type().equals(FuseTransport.TYPE))
            .map(MountInfo::point)
            .collect(Collectors.toSet());
    for (MountKey key : kept.left()) {
      boolean wanted = !key.isOwn() || runs.has(key.run());
      if (!wanted || !mounted.contains(MountTable.point(folder, key))) {
        // Its run, or the mount itself, had ended before the worker did.
        kept.forget(key);
      } else {
        left.add(key);
      }
    }
  }

  /// What must not be swept: mounts that still live, and the runs on them.
  Sweeper.Kept kept() {
    return new Sweeper.Kept(
        runs.on(Set.copyOf(left)),
        left.stream().map(key -> MountTable.point(folder, key)).collect(Collectors.toSet()));
  }

  /// Serves them again: whoever has asked meanwhile is answered. One that cannot be gone on with is
  /// ended, and its readers get errors.
  ///
  /// @param mounting goes on with one
  /// @return whether all could be gone on with
  boolean resume(MountTable mounts, MountTable.Mounting mounting) throws IOException {
    List<MountKey> lost = new ArrayList<>();
    for (MountKey key : left) {
      try {
        mounts.adopt(key, mounting);
      } catch (IOException | RuntimeException e) {
        LOG.log(
            System.Logger.Level.ERROR,
            "the mount of {0} cannot be gone on with, and ends: {1}",
            key,
            String.valueOf(e.getMessage()));
        lost.add(key);
        kept.forget(key);
        Path point = MountTable.point(folder, key);
        SystemCalls.unmount(point, true);
        Files.deleteIfExists(point);
      }
    }
    left.removeAll(lost);
    if (!left.isEmpty()) {
      LOG.log(
          System.Logger.Level.INFO, "went on with {0} mounts of an earlier lazyfsd", left.size());
    }
    return lost.isEmpty();
  }
}
