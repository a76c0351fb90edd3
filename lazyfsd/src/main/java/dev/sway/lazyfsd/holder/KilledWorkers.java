package dev.sway.lazyfsd.holder;

import dev.sway.blobd.cli.StateLock;
import dev.sway.lazyfsd.fuse.AbortSwitch;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.fuse.kernel.OrphanRequests;
import dev.sway.lazyfsd.linux.KilledProcess;
import dev.sway.lazyfsd.linux.MountInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// Sees to it that workers which are killed come to their end, whatever their threads wait for.
///
/// A worker asks its own mounts now and then: it looks names up ahead of a container, lists
/// directories, mounts overlays. Killed in the middle of that it keeps everything (its lock, its
/// port, its place in the process table) until somebody answers, and the worker that would cannot
/// start before. Thread-safe.
final class KilledWorkers {
  /// How often it is looked whether a worker lives; nothing tells.
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /// What a process that waits for nothing takes to end.
  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int ATTEMPTS = 100;

  private final Path state;
  private final HeldDescriptors descriptors;
  private final Consumer<String> log;
  private final Set<Long> watched = ConcurrentHashMap.newKeySet();

  /// @param state folder of the workers
  /// @param descriptors that they leave
  /// @param log gets lines for people
  KilledWorkers(Path state, HeldDescriptors descriptors, Consumer<String> log) {
    this.state = state;
    this.descriptors = descriptors;
    this.log = log;
  }

  /// A worker has connected: whichever has the state folder now is watched. Idempotent.
  void watch() {
    OptionalLong worker;
    try {
      worker = StateLock.holder(state);
    } catch (IOException e) {
      log.accept("it is not known which process the worker is: " + e.getMessage());
      return;
    }
    if (worker.isPresent() && watched.add(worker.getAsLong())) {
      long pid = worker.getAsLong();
      Thread.ofPlatform().name("holder-watch-" + pid).daemon().start(() -> watch(pid));
    }
  }

  private void watch(long pid) {
    try {
      while (!KilledProcess.isOver(pid)) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
      end(pid);
    } catch (IOException | UncheckedIOException e) {
      log.accept("the end of worker " + pid + " is not seen to: " + e.getMessage());
    } finally {
      watched.remove(pid);
    }
  }

  private void end(long pid) throws IOException {
    LockSupport.parkNanos(GRACE_NANOS);
    for (int i = 0; i < ATTEMPTS && !KilledProcess.threads(pid).isEmpty(); i++) {
      descriptors.with(held -> refuse(pid, held));
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    Set<Integer> left = KilledProcess.threads(pid);
    if (!left.isEmpty()) {
      log.accept(
          "worker %d was killed and does not end: its threads %s wait for something else than its mounts"
              .formatted(pid, left));
    }
  }

  /// Nothing is handed to another worker meanwhile, and there is none as long as this one has not
  /// ended.
  private void refuse(long pid, Collection<HeldDescriptors.Held> held) {
    try {
      Set<Integer> threads = KilledProcess.threads(pid);
      if (threads.isEmpty()) {
        return;
      }
      abortOthers(held);
      List<Integer> fuse =
          held.stream()
              .filter(one -> one.name().startsWith(HolderClient.FUSE_NAME))
              .map(HeldDescriptors.Held::fd)
              .toList();
      OrphanRequests.refuse(fuse, threads);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Mounts that nobody can go on with end now: the next worker would do that, if it could start.
  private void abortOthers(Collection<HeldDescriptors.Held> held) throws IOException {
    for (MountInfo mount : MountInfo.below(state)) {
      String name = HolderClient.FUSE_NAME + mount.point().getFileName() + "/";
      if (mount.type().equals(FuseTransport.TYPE)
          && held.stream().noneMatch(one -> one.name().startsWith(name))) {
        try (AbortSwitch abort = AbortSwitch.of(mount.device())) {
          abort.press();
        }
      }
    }
  }
}
