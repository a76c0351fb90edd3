package dev.sway.lazyfsd.run;

import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.linux.Folders;
import dev.sway.lazyfsd.linux.MountInfo;
import dev.sway.lazyfsd.linux.SystemCalls;
import dev.sway.lazyfsd.mount.MountKey;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Clears what a worker that was killed, or that could not clear away a run, has left in its state
/// folder: containers, mounts, cgroups, folders.
///
/// To be used while the folder's lock is held, before anything else: whatever is found, and not
/// said to be kept, belongs to nobody. What is not a worker's own stays: the folder, or its cache,
/// may be a disk of its own, or have somebody else's mounts in it.
public final class Sweeper {
  private static final System.Logger LOG = System.getLogger(Sweeper.class.getName());

  private Sweeper() {}

  /// What is in use although its worker has died.
  ///
  /// @param runs the ids of runs that go on
  /// @param points where mounts go on
  public record Kept(Set<String> runs, Set<Path> points) {
    /// Nothing.
    public static final Kept NOTHING = new Kept(Set.of(), Set.of());

    public Kept {
      runs = Set.copyOf(runs);
      points = Set.copyOf(points);
    }
  }

  /// Sweeps `state`, the worker's state folder, whose path has no symbolic links.
  public static void sweep(Path state, Kept kept) throws IOException {
    RunLayout layout = new RunLayout(state);
    // Either may be all that is left of a run.
    SortedSet<String> left = new TreeSet<>(runsIn(layout.runs()));
    left.addAll(runsIn(layout.runcRoot()));
    left.removeAll(kept.runs());
    if (!left.isEmpty()) {
      Runc runc = Runc.find(layout.runcRoot());
      for (String id : left) {
        runc.delete(new RunId(id));
        Cgroups.remove(new RunId(id));
      }
    }
    List<MountInfo> mounts = ownMounts(layout, kept);
    for (MountInfo mount : mounts) {
      SystemCalls.unmount(mount.point(), true);
    }
    for (String id : left) {
      removeFolder(layout, layout.of(new RunId(id)).folder());
    }
    for (MountInfo mount : mounts) {
      if (mount.point().startsWith(layout.mounts())) {
        Files.deleteIfExists(mount.point());
      }
    }
    removeOwnPoints(layout, kept);
    removeRehearsal(layout);
    if (!left.isEmpty() || !mounts.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "swept what an earlier lazyfsd left: {0} runs, {1} mounts",
          left.size(),
          mounts.size());
    }
  }

  /// Removes mount points that runs had for themselves, on which nothing is mounted any more. Those
  /// of shared mounts are used again.
  private static void removeOwnPoints(RunLayout layout, Kept kept) throws IOException {
    if (!Files.isDirectory(layout.mounts())) {
      return;
    }
    try (DirectoryStream<Path> points = Files.newDirectoryStream(layout.mounts())) {
      for (Path point : points) {
        boolean own =
            MountKey.parse(point.getFileName().toString()).map(MountKey::isOwn).orElse(false);
        if (own && !kept.points().contains(point)) {
          Files.deleteIfExists(point);
        }
      }
    }
  }

  private static List<String> runsIn(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(folder)) {
      return folders.map(path -> path.getFileName().toString()).filter(RunId::isOne).toList();
    }
  }

  /// The latest first.
  private static List<MountInfo> ownMounts(RunLayout layout, Kept kept) throws IOException {
    List<MountInfo> own = new ArrayList<>();
    for (MountInfo mount : MountInfo.below(layout.runs())) {
      if (mount.source().equals(RunOverlay.SOURCE) && !isOfRun(mount, layout, kept)) {
        own.add(mount);
      }
    }
    for (MountInfo mount : MountInfo.below(layout.mounts())) {
      if (mount.type().equals(FuseTransport.TYPE) && !kept.points().contains(mount.point())) {
        own.add(mount);
      }
    }
    return own;
  }

  private static boolean isOfRun(MountInfo mount, RunLayout layout, Kept kept) {
    return kept.runs().stream()
        .anyMatch(id -> mount.point().startsWith(layout.of(new RunId(id)).folder()));
  }

  /// Nobody misses what was rehearsed, and a worker can do without that.
  private static void removeRehearsal(RunLayout layout) {
    try {
      removeFolder(layout, layout.rehearsal());
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} cannot be removed: {1}",
          layout.rehearsal(),
          e.getMessage());
    }
  }

  private static void removeFolder(RunLayout layout, Path folder) throws IOException {
    // One at the folder itself, too: what is in it is not the worker's.
    List<MountInfo> inTheWay =
        MountInfo.below(layout.state()).stream()
            .filter(mount -> mount.point().startsWith(folder))
            .toList();
    if (inTheWay.isEmpty()) {
      Folders.delete(folder);
    } else {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} stays: {1} is mounted there",
          folder,
          inTheWay.getFirst().point());
    }
  }
}
