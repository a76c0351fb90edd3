package dev.sway.lazyfsd.holder;

import dev.sway.blobd.cli.StateLock;
import dev.sway.lazyfsd.fuse.MountEnd;
import dev.sway.lazyfsd.fuse.kernel.OrphanRequests;
import dev.sway.lazyfsd.linux.KilledProcess;
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
  private static final int ATTEMPTS = 30;

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

  /// The worker that has the state folder; empty where that is not known.
  OptionalLong current() {
    try {
      return StateLock.holder(state);
    } catch (IOException e) {
      return OptionalLong.empty();
    }
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
    for (int i = 0; i < ATTEMPTS && waits(pid); i++) {
      descriptors.with(held -> refuse(pid, held));
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    if (waits(pid)) {
      log.accept(
          "worker %d was killed and does not end: its threads %s wait for what only a worker could do; its mounts are ended"
              .formatted(pid, KilledProcess.threads(pid)));
      descriptors.with(held -> abort(pid));
    }
  }

  /// Whether a worker that was killed is still there, and in the next one's way.
  private boolean waits(long pid) throws IOException {
    return !KilledProcess.threads(pid).isEmpty() && isLatest(pid);
  }

  /// Whether no other worker has had the folder's lock since. One that has notes that before it
  /// asks this holder for anything.
  private boolean isLatest(long pid) throws IOException {
    return StateLock.holder(state).equals(OptionalLong.of(pid));
  }

  /// Nothing is handed to another worker meanwhile.
  private void refuse(long pid, Collection<HeldDescriptors.Held> held) {
    try {
      Set<Integer> threads = KilledProcess.threads(pid);
      if (threads.isEmpty() || !isLatest(pid)) {
        return;
      }
      // Mounts that nobody can go on with: the next worker would end them, if it could start.
      MountEnd.abortBelow(state, point -> isHeld(point, held));
      List<Integer> fuse =
          held.stream()
              .filter(one -> one.name().startsWith(HolderClient.FUSE_NAME))
              .map(HeldDescriptors.Held::fd)
              .toList();
      int refused = OrphanRequests.refuse(fuse, threads);
      if (refused > 0) {
        log.accept(
            "worker %d was killed: %d requests of its own are refused".formatted(pid, refused));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The last resort: without it whoever uses the mounts would wait for ever.
  private void abort(long pid) {
    try {
      if (waits(pid)) {
        MountEnd.abortBelow(state, _ -> false);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isHeld(Path point, Collection<HeldDescriptors.Held> held) {
    String name = HolderClient.FUSE_NAME + point.getFileName() + "/";
    return held.stream().anyMatch(one -> one.name().startsWith(name));
  }
}
