package dev.sway.lazyfsd.cache;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.manifest.ManifestFormat;
import dev.sway.lazyfsd.linux.FileFacts;
import dev.sway.lazyfsd.linux.NativeFile;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A partial copy of one pack: a sparse file with frames at their offsets, and a [PresenceLog] of
/// those that are there. Neither is synced or believed: what is read is verified by the caller, who
/// says [#forget] where it is not what it should be. A crash therefore costs a fetch, never a wrong
/// byte.
///
/// Thread-safe, and several processes may have the same replica open. Reading waits for nobody.
final class PackReplica implements AutoCloseable {
  /// How long a change waits for those of other threads and processes before it is left out.
  private static final long CHANGE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /// The same where a process waits for the reader who makes the change.
  private static final long URGENT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /// The same where there is another way: to leave a copy to somebody who can wait takes less.
  private static final long HURRIED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /// How long a look at what other processes have changed may wait.
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Digest pack;
  private final NativeFile data;
  private final PresenceLog log;
  private final FrameClaims claims;
  private final ReentrantLock changing = new ReentrantLock();

  private PackReplica(Digest pack, NativeFile data, PresenceLog log) {
    this.pack = pack;
    this.data = data;
    this.log = log;
    this.claims = new FrameClaims(data);
  }

  /// Opens or creates the replica of `pack`.
  static PackReplica open(CacheFolder folder, Digest pack) throws IOException {
    Path path = folder.data(pack);
    NativeFile data = NativeFile.open(path);
    try {
      return new PackReplica(pack, data, PresenceLog.open(folder.log(pack)));
    } catch (IOException | RuntimeException e) {
      data.close();
      throw e;
    }
  }

  Digest pack() {
    return pack;
  }

  /// Who fetches what for this replica.
  FrameClaims claims() {
    return claims;
  }

  /// The frame of `chunk`, or null where it is not here.
  @Nullable KeptFrame find(ChunkLocation chunk) throws IOException {
    KeptFrame known = known(chunk);
    return known != null || !lookAgain() ? known : known(chunk);
  }

  private @Nullable KeptFrame known(ChunkLocation chunk) {
    KeptFrame frame = log.frames().get(chunk.offset());
    return frame != null && frame.length() == chunk.stored() ? frame : null;
  }

  /// Whether `frame` is still what the replica has at its offset, as far as all processes say.
  boolean has(KeptFrame frame) throws IOException {
    lookAgain();
    return log.frames().get(frame.offset()) == frame;
  }

  /// Whether frames that abut, as far as all processes say, have all of `offset..offset+length`.
  boolean covers(long offset, int length) throws IOException {
    // What others have evicted is noticed by nothing else.
    lookAgain();
    return covered(offset, length);
  }

  private boolean covered(long offset, int length) {
    long end = offset + length;
    for (long at = offset; at < end; ) {
      Map.Entry<Long, KeptFrame> frame = log.frames().floorEntry(at);
      if (frame == null || frame.getValue().end() <= at) {
        return false;
      }
      at = frame.getValue().end();
    }
    return true;
  }

  /// Reads what other processes have changed; answers whether that was possible.
  private boolean lookAgain() throws IOException {
    if (!acquire(LOOK_NANOS)) {
      return false;
    }
    try {
      log.readOn();
      return true;
    } finally {
      changing.unlock();
    }
  }

  private boolean acquire(long nanos) {
    try {
      return changing.tryLock(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// A change under both locks.
  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  private boolean change(Change change) throws IOException {
    return change(CHANGE_NANOS, change);
  }

  /// Makes a change, unless others change so much that there is no turn within `nanos`; answers
  /// whether.
  private boolean change(long nanos, Change change) throws IOException {
    long deadline = System.nanoTime() + nanos;
    if (!acquire(nanos)) {
      return false;
    }
    try {
      if (!log.tryLock(deadline)) {
        return false;
      }
      try {
        change.make();
        return true;
      } finally {
        log.unlock();
      }
    } finally {
      changing.unlock();
    }
  }

  /// Fills `target`, which is as long as the frame, with what the disk has of it; answers whether
  /// that is all of it.
  boolean read(KeptFrame frame, MemorySegment target) throws IOException {
    return data.read(frame.offset(), target) == frame.length();
  }

  /// Fills `target` with what the disk has from `offset` on; answers whether it has that much.
  boolean read(long offset, MemorySegment target) throws IOException {
    return data.read(offset, target) == target.byteSize();
  }

  /// Keeps `frame`, native memory with the frame of `chunk`; answers whether it is kept.
  ///
  /// @param urgency of whoever fetched it: nobody who has a process waiting waits long for his turn
  /// @param now by [CacheClock]
  boolean keep(ChunkLocation chunk, MemorySegment frame, Urgency urgency, int now)
      throws IOException {
    return keep(chunk, frame, urgency == Urgency.ON_DEMAND ? URGENT_NANOS : CHANGE_NANOS, now);
  }

  /// The same, if there is a turn at once or nearly so.
  boolean keepSoon(ChunkLocation chunk, MemorySegment frame, int now) throws IOException {
    return keep(chunk, frame, HURRIED_NANOS, now);
  }

  private boolean keep(ChunkLocation chunk, MemorySegment frame, long nanos, int now)
      throws IOException {
    return change(
        nanos,
        () -> {
          data.write(chunk.offset(), frame);
          log.add(List.of(new KeptFrame(chunk.offset(), chunk.stored(), now)));
        });
  }

  /// The copy in `frame` is not what it should be.
  void forget(KeptFrame frame) throws IOException {
    log.frames().remove(frame.offset(), frame);
    change(
        URGENT_NANOS,
        () -> {
          // Another process may have put a good copy there.
          if (!log.frames().containsKey(frame.offset())) {
            log.remove(List.of(frame));
          }
        });
  }

  /// Every frame that is here, as far as all processes say.
  Collection<KeptFrame> framesNow() throws IOException {
    lookAgain();
    return frames();
  }

  /// Every frame that is said to be here.
  Collection<KeptFrame> frames() {
    return log.frames().values();
  }

  /// Whether something may be evicted.
  @FunctionalInterface
  interface Permit {
    /// Whether it may now; asked while nobody else changes the replica.
    boolean granted() throws IOException;
  }

  /// Gives the disk back what `victims` and the room around them take. Nobody else changes anything
  /// meanwhile, so they should be few.
  ///
  /// @param permit without which nothing is done
  /// @return those of them that were there and are gone; empty where there was no turn in time, or
  ///   no permit
  Optional<List<KeptFrame>> evict(Collection<KeptFrame> victims, Permit permit) throws IOException {
    List<KeptFrame> gone = new ArrayList<>();
    AtomicBoolean granted = new AtomicBoolean();
    change(() -> {
      granted.set(permit.granted());
      if (granted.get()) {
        evict(victims, gone);
      }
    });
    return granted.get() ? Optional.of(gone) : Optional.empty();
  }

  private void evict(Collection<KeptFrame> victims, List<KeptFrame> gone) throws IOException {
    for (KeptFrame victim : victims) {
      if (log.frames().get(victim.offset()) == victim) {
        gone.add(victim);
      }
    }
    gone.sort((one, other) -> Long.compare(one.offset(), other.offset()));
    try {
      // First said, then done: who dies in between leaves bytes that nobody looks for, and not a
      // hole that everybody does.
      log.remove(gone);
    } catch (IOException e) {
      if (!NativeFile.isFull(e)) {
        throw e;
      }
      // There is no room left to say it in, and nothing else will make some. Who finds a hole
      // takes it for one.
      punch(gone);
      log.remove(gone);
    }
    punch(gone);
  }

  private void punch(List<KeptFrame> gone) throws IOException {
    Holes holes = new Holes(data, log.frames());
    holes.punchAround(gone);
    holes.finish();
  }

  /// Gives the disk back what is here of frames that the log does not have: what was written by
  /// somebody who then died.
  void reclaim() throws IOException {
    long listed = frames().stream().mapToLong(KeptFrame::length).sum();
    long stray = data.facts().allocated() - listed;
    if (stray <= CacheFolder.BLOCK * (1L + frames().size())) {
      return;
    }
    Holes holes = new Holes(data, log.frames());
    AtomicLong done = new AtomicLong();
    while (done.get() < ManifestFormat.MAX_PACK_BYTES) {
      if (!change(() -> done.set(holes.punchGaps(done.get())))) {
        break;
      }
      Patience.letOthers();
    }
    holes.finish();
  }

  /// Lets the log, and through it other processes and the next one here, know of frames that were
  /// used `seconds` or more after the last time that it knows of.
  void recordUses(int seconds) throws IOException {
    List<KeptFrame> used = new ArrayList<>();
    for (KeptFrame frame : frames()) {
      if (frame.used() - frame.recorded() >= seconds) {
        used.add(frame);
      }
    }
    if (!used.isEmpty()) {
      change(() -> {
        used.removeIf(frame -> log.frames().get(frame.offset()) != frame);
        log.add(used);
      });
    }
  }

  /// Waits until all that is here, and what the log says, is on the disk; then this process knows
  /// of all that others have changed before.
  ///
  /// @throws IOException also where others change it for as long as `patience`
  void force(Duration patience) throws IOException {
    data.force();
    if (!change(patience.toNanos(), log::force)) {
      throw new SwayException(
          FailureKind.STORAGE,
          "pack %s is not known to be on the disk: another process has been changing what is here of it for %s; try again"
              .formatted(pack, patience));
    }
  }

  /// What the replica's file is now.
  FileFacts facts() throws IOException {
    return data.facts();
  }

  @Override
  public void close() throws IOException {
    changing.lock();
    try (data) {
      log.close();
    } finally {
      changing.unlock();
    }
  }
}
