package dev.sway.lazyfsd.cache;

import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.cache.PackCache.Evicted;
import dev.sway.lazyfsd.linux.NativeFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Frees room in a cache: on a thread of its own, from the frame that was not used for the longest
/// time on, while readers go on. Of several processes that share the folder one evicts at a time.
///
/// Thread-safe.
final class Evictor implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Evictor.class.getName());

  /// Others fill the disk too, and nobody says so.
  private static final long LOOK_SECONDS = 10;

  /// How much later than its last use the log may say a frame was used. A frame that is used all
  /// the time costs 16 bytes as often as this.
  private static final int USE_SECONDS = 600;

  /// The same, at the end.
  private static final int LAST_USE_SECONDS = 60;

  /// How many frames are evicted before others who change the same replica, readers who keep what
  /// they fetched first of all, get their turn: what takes a millisecond or two.
  private static final int BATCH = 32;

  /// Frames do not fill blocks, so that what they free shows only afterwards.
  private static final int ROUNDS = 4;

  private final CacheSpace space;
  private final Replicas replicas;
  private final Pins pins;
  private final NativeFile turn;
  private final Warnings failures = new Warnings(LOG, "the cache cannot evict");
  private final Warnings broken = new Warnings(LOG, "a part of the cache cannot be evicted");
  private final Warnings unnoted = new Warnings(LOG, "the cache cannot note what was used");
  private final LongAdder evicted = new LongAdder();
  private final Semaphore wanted = new Semaphore(0);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;

  Evictor(CacheFolder folder, CacheSpace space, Replicas replicas, Pins pins) throws IOException {
    this.space = space;
    this.replicas = replicas;
    this.pins = pins;
    turn = NativeFile.open(folder.evicting());
    thread = Thread.ofPlatform().name("cache-evictor").daemon().start(this::run);
  }

  /// Has a look soon.
  void wake() {
    if (wanted.availablePermits() == 0) {
      wanted.release();
    }
  }

  /// How many bytes of frames were evicted by this process.
  long evicted() {
    return evicted.sum();
  }

  private void run() {
    try {
      do {
        if (wanted.tryAcquire(LOOK_SECONDS, TimeUnit.SECONDS)) {
          wanted.drainPermits();
        }
        // Where nothing is left to evict, each frame that is not kept would ask for another look.
      } while (ended.getCount() > 0 && (lookOrWarn() || !ended.await(1, TimeUnit.SECONDS)));
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but an end of the process that does not wait for it.
      Thread.currentThread().interrupt();
    }
  }

  private boolean lookOrWarn() {
    try {
      return look();
    } catch (IOException | RuntimeException e) {
      failures.warn(e.toString());
      return false;
    }
  }

  /// Evicts as much as the limits ask for, unless another process does; notes what was used.
  /// Answers whether the limits are kept now, and whether room was made on a disk that was full.
  boolean look() throws IOException {
    boolean full = space.takeRanOut();
    space.measure();
    if (space.surplus(full) > 0 && turn.tryLock(0, 1)) {
      try {
        List<PackReplica> usable = replicas.all();
        for (PackReplica replica : usable) {
          reclaim(replica);
        }
        space.measure();
        if (makeRoom(full, usable)) {
          // Also for those who have asked meanwhile.
          full = false;
          space.takeRanOut();
        }
      } finally {
        turn.unlock(0, 1);
      }
    }
    recordUses(USE_SECONDS);
    return space.surplus(full) <= 0;
  }

  private void reclaim(PackReplica replica) {
    try {
      replica.reclaim();
    } catch (IOException e) {
      broken.once(e.toString());
    }
  }

  /// Evicts what the limits or a disk that is full ask for, as far as `usable` has it; answers
  /// whether that was anything.
  private boolean makeRoom(boolean full, List<PackReplica> usable) throws IOException {
    long before = evicted();
    int rounds = 0;
    while (rounds < ROUNDS) {
      long surplus = space.surplus(full && evicted() == before);
      int many = usable.size();
      if (surplus <= 0 || !evictOldest(surplus, usable)) {
        break;
      }
      space.measure();
      // Where some had to be left out, others make room for them.
      rounds += usable.size() == many ? 1 : 0;
    }
    return evicted() > before;
  }

  /// A use that is not noted makes a frame look older than it is, and costs nobody anything else.
  private void recordUses(int seconds) throws IOException {
    for (PackReplica replica : replicas.all()) {
      try {
        replica.recordUses(seconds);
      } catch (IOException e) {
        unnoted.once(e.toString());
      }
    }
  }

  /// A frame that may be evicted. Its time goes on while others are compared.
  private record Victim(PackReplica replica, KeptFrame frame, int used) {}

  /// Evicts `bytes` of frames, or all there are; answers whether there were any. Replicas of which
  /// something cannot be evicted, because their disk fails, because another process does not let go
  /// of them, or because they have just been pinned, are taken out of `usable`.
  private boolean evictOldest(long bytes, List<PackReplica> usable) throws IOException {
    Map<PackReplica, List<KeptFrame>> victims = new HashMap<>();
    long sum = 0;
    for (Victim victim : byAge(usable)) {
      if (sum >= bytes) {
        break;
      }
      victims.computeIfAbsent(victim.replica(), _ -> new ArrayList<>()).add(victim.frame());
      sum += victim.frame().length();
    }
    for (Map.Entry<PackReplica, List<KeptFrame>> entry : victims.entrySet()) {
      evict(entry.getKey(), entry.getValue(), usable::remove);
    }
    return !victims.isEmpty();
  }

  /// Every frame that may be evicted, the one first that was not used for the longest time.
  private List<Victim> byAge(List<PackReplica> usable) throws IOException {
    Set<Digest> pinned = pins.packs();
    List<Victim> candidates = new ArrayList<>();
    for (PackReplica replica : usable) {
      if (!pinned.contains(replica.pack())) {
        for (KeptFrame frame : replica.frames()) {
          candidates.add(new Victim(replica, frame, frame.used()));
        }
      }
    }
    candidates.sort(Comparator.comparingInt(Victim::used));
    return candidates;
  }

  /// Evicts everything that is here of the packs that `which` accepts, except of those that are
  /// pinned.
  Evicted evict(Predicate<Digest> which) throws IOException {
    Set<Digest> pinned = pins.packs();
    Evicted sum = Evicted.NOTHING;
    for (PackReplica replica : replicas.all()) {
      if (which.test(replica.pack()) && !pinned.contains(replica.pack())) {
        sum = sum.plus(evict(replica, List.copyOf(replica.framesNow()), _ -> {}));
      }
    }
    space.measure();
    return sum;
  }

  /// Evicts what is still there of `frames`, a few at a time.
  ///
  /// @param stuck gets the replica where not all could be evicted
  private Evicted evict(
      PackReplica replica, Collection<KeptFrame> frames, Consumer<PackReplica> stuck) {
    List<KeptFrame> byOffset = new ArrayList<>(frames);
    byOffset.sort(Comparator.comparingLong(KeptFrame::offset));
    Evicted sum = Evicted.NOTHING;
    for (int from = 0; from < byOffset.size(); from += BATCH) {
      if (from > 0) {
        Patience.letOthers();
      }
      Optional<Evicted> batch =
          evictBatch(replica, byOffset.subList(from, Math.min(from + BATCH, byOffset.size())));
      if (batch.isEmpty()) {
        stuck.accept(replica);
        break;
      }
      sum = sum.plus(batch.get());
    }
    return sum;
  }

  /// Empty where others do not let go of the replica, where it is pinned, where this cache is
  /// closed, or where the disk fails, which is said.
  private Optional<Evicted> evictBatch(PackReplica replica, List<KeptFrame> frames) {
    try {
      // Whoever has pinned it since the frames were chosen counts on it: what he sees there under
      // the replica's lock, stays.
      Optional<List<KeptFrame>> gone =
          replica.evict(
              frames, () -> ended.getCount() > 0 && !pins.packs().contains(replica.pack()));
      if (gone.isEmpty()) {
        return Optional.empty();
      }
      long bytes = gone.get().stream().mapToLong(KeptFrame::length).sum();
      evicted.add(bytes);
      return Optional.of(new Evicted(gone.get().size(), bytes));
    } catch (IOException e) {
      broken.once(e.toString());
      return Optional.empty();
    }
  }

  /// Idempotent; to be called before the replicas are closed.
  @Override
  public void close() throws IOException {
    ended.countDown();
    wanted.release();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    try (turn) {
      recordUses(LAST_USE_SECONDS);
    }
  }
}
