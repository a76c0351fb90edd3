package dev.sway.lazyfsd.cache;

import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.lazyfsd.cache.FrameClaims.Claim;
import dev.sway.lazyfsd.linux.DurableWrite;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSource;
import dev.sway.lazyfsd.source.PackSource.Check;
import dev.sway.lazyfsd.source.Provenance;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Frames of chunks: from replicas of packs on this machine's disk, else from the source, which are
/// then filled.
///
/// What is on disk is verified by the reader each time it is read; a damaged copy is fetched again
/// and replaced, an evicted one is fetched again without further ado. Where the disk is full or
/// fails, reads go on and what is fetched is not kept. Thread-safe; shared by all images, and by
/// all processes that open the same folder: a frame is fetched once for all of them.
public final class PackCache implements AutoCloseable {
  /// What is fetched ahead is fetched in ranges of about this length.
  private static final int USUAL_RANGE = 512 << 10;

  private static final long MIN_BATCH = 64 << 10;
  private static final long MAX_BATCH = 4 << 20;

  /// Between two looks whether there is room.
  private static final Duration ROOM_PAUSE = Duration.ofMillis(20);

  /// How long somebody who wants to know what is on the disk waits for others' changes.
  private static final Duration SYNC_PATIENCE = Duration.ofSeconds(10);

  private final CacheFolder folder;
  private final CacheLimits limits;
  private final PackSource source;
  private final Replicas replicas;
  private final CacheSpace space;
  private final Pins pins;
  private final Evictor evictor;
  private final CacheDisk disk;
  private final AtomicBoolean closed = new AtomicBoolean();

  /// What a cache holds and did.
  ///
  /// @param limits that it keeps
  /// @param allocated bytes of the disk that it takes
  /// @param usable bytes that are free on its file system
  /// @param total bytes of its file system
  /// @param packs of which it has something
  /// @param frames that it has
  /// @param frameBytes their length in all
  /// @param evictedBytes of frames that this process evicted since it began
  /// @param notKept frames that this process fetched and could not keep since it began
  public record Usage(
      CacheLimits limits,
      long allocated,
      long usable,
      long total,
      int packs,
      long frames,
      long frameBytes,
      long evictedBytes,
      long notKept) {}

  /// A cache without limits.
  ///
  /// @param folder for the replicas; created where it is missing
  /// @param source of what is not there
  public PackCache(Path folder, PackSource source) throws IOException {
    this(folder, CacheLimits.NONE, source);
  }

  /// A cache that evicts what exceeds `limits`.
  ///
  /// @param folder for the replicas; created where it is missing
  /// @param source of what is not there
  public PackCache(Path folder, CacheLimits limits, PackSource source) throws IOException {
    this(folder, limits, source, CacheClock.WALL);
  }

  PackCache(Path path, CacheLimits limits, PackSource source, CacheClock clock) throws IOException {
    this.limits = limits;
    this.source = source;
    folder = CacheFolder.open(path);
    try {
      pins = new Pins(folder.pins());
      replicas = new Replicas(folder);
      space = new CacheSpace(folder, limits);
      evictor = new Evictor(folder, space, replicas, pins);
      disk = new CacheDisk(replicas, space, clock, evictor::wake);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /// Leaves memory that is kept for later to the collector.
  public void trim() {
    disk.trim();
  }

  /// Has `check` decode and verify the frame of `chunk`.
  ///
  /// @return what it made of the first copy that it accepted
  /// @throws IOException where no copy can be had, or only damaged ones
  public <T> T frame(
      ChunkLocation chunk,
      PackReference pack,
      Urgency urgency,
      FetchCounters counters,
      Check<T> check)
      throws IOException {
    PackReplica replica = disk.replica(pack);
    if (replica == null) {
      Provenance.note(ServedFrom.SOURCE);
      return source.fetch(pack, chunk.offset(), chunk.stored(), urgency, counters, check);
    }
    T local = disk.read(replica, chunk, counters, check);
    if (local != null) {
      Provenance.note(ServedFrom.DISK);
      return local;
    }
    Provenance.note(ServedFrom.SOURCE);
    try (Claim claim = disk.claim(replica, chunk, urgency)) {
      if (claim != null && claim.waited()) {
        local = disk.read(replica, chunk, counters, check);
        if (local != null) {
          return local;
        }
      }
      return source.fetch(
          pack,
          chunk.offset(),
          chunk.stored(),
          urgency,
          counters,
          (body, where) -> {
            T accepted = check.accept(body, where);
            disk.keep(replica, chunk, body, urgency);
            return accepted;
          });
    }
  }

  /// Brings frames here that somebody will want, unless they are here already; neighbours come in
  /// one request of up to 4 MiB. Each is verified.
  ///
  /// Waits for what it fetches itself, not for what others are fetching meanwhile, and fetches one
  /// range after the other: who wants more at once calls it with parts, from several threads.
  ///
  /// @return those of `wanted` that it did not fetch: they were here or on their way, or there is
  ///   no room for them
  /// @throws IOException where a frame cannot be had, or only damaged copies of it
  public List<FrameReference> prefetch(
      List<FrameReference> wanted, Urgency urgency, FetchCounters counters) throws IOException {
    return prefetch(wanted, urgency, counters, FrameCheck.DIGEST);
  }

  /// Like [#prefetch(List, Urgency, FetchCounters)], with a caller that has a use for the frames
  /// that are fetched: `check` verifies them.
  public List<FrameReference> prefetch(
      List<FrameReference> wanted, Urgency urgency, FetchCounters counters, FrameCheck check)
      throws IOException {
    Map<PackReference, List<FrameReference>> byPack = new LinkedHashMap<>();
    for (FrameReference frame : wanted) {
      byPack.computeIfAbsent(frame.pack(), _ -> new ArrayList<>()).add(frame);
    }
    List<FrameReference> others = new ArrayList<>();
    for (Map.Entry<PackReference, List<FrameReference>> entry : byPack.entrySet()) {
      PackReplica replica = disk.replica(entry.getKey());
      long bytes = entry.getValue().stream().mapToLong(frame -> frame.chunk().stored()).sum();
      if (replica == null || !space.hasRoom(bytes)) {
        // Nothing could be kept, and what is fetched would be fetched again.
        others.addAll(entry.getValue());
      } else {
        others.addAll(
            new RangeFetch(replica, source, urgency, counters, check, disk::keep)
                .fetch(entry.getValue()));
      }
    }
    return others;
  }

  /// After how many nanoseconds a frame of `pack` that is fetched with its neighbours is slow to
  /// come.
  public long slowNanos(PackReference pack) {
    return source.slowNanos(pack, USUAL_RANGE);
  }

  /// Whether the frame of `chunk` is said to be here.
  public boolean has(FrameReference frame) throws IOException {
    return replicas.of(frame.pack().digest()).find(frame.chunk()) != null;
  }

  /// Waits until nothing that was fetched still waits for its turn to be kept, at most `patience`;
  /// answers whether that is so.
  public boolean awaitKept(Duration patience) {
    return disk.awaitKept(patience.toNanos());
  }

  /// What is here of `pack`, fetched by whomever; empty where nothing of it ever was.
  public Optional<CachedPack> cached(Digest pack) throws IOException {
    return replicas.existing(pack).map(CachedPack::new);
  }

  /// The images that are to stay.
  public Pins pins() {
    return pins;
  }

  /// What was removed.
  ///
  /// @param frames how many
  /// @param bytes of these
  public record Evicted(long frames, long bytes) {
    static final Evicted NOTHING = new Evicted(0, 0);

    Evicted plus(Evicted more) {
      return new Evicted(frames + more.frames, bytes + more.bytes);
    }
  }

  /// Removes all that is here of `packs`, except of those that pinned images need.
  public Evicted evict(Set<Digest> packs) throws IOException {
    return evictor.evict(packs::contains);
  }

  /// Removes all that is here, except of packs that pinned images need.
  public Evicted evictAll() throws IOException {
    return evictor.evict(_ -> true);
  }

  /// Evicts now what the limits ask for, instead of soon and beside the readers; where another
  /// thread or process is evicting, after it.
  ///
  /// @return whether the limits are kept
  boolean settle(Duration patience) throws IOException {
    return Patience.until(System.nanoTime() + patience.toNanos(), evictor::look);
  }

  /// Brings all that is here of `packs` to the disk, so that a loss of power does not take it. From
  /// then on [#has] knows what other processes have evicted before.
  ///
  /// @throws IOException where it is not known to be there
  public void force(Collection<Digest> packs) throws IOException {
    for (Digest pack : packs) {
      replicas.of(pack).force(SYNC_PATIENCE);
    }
    DurableWrite.forceFolder(folder.path());
  }

  /// What the cache holds now.
  public Usage usage() throws IOException {
    CacheSpace.Measure measure = space.measure();
    int packs = 0;
    long frames = 0;
    long bytes = 0;
    for (PackReplica replica : replicas.all()) {
      Collection<KeptFrame> here = replica.framesNow();
      packs += here.isEmpty() ? 0 : 1;
      frames += here.size();
      bytes += here.stream().mapToLong(KeptFrame::length).sum();
    }
    return new Usage(
        limits,
        measure.allocated(),
        measure.usable(),
        measure.total(),
        packs,
        frames,
        bytes,
        evictor.evicted(),
        disk.notKept());
  }

  /// How many bytes more of `packs` the file system has room for, beside what is to stay free: what
  /// is free now, and what may be evicted of other packs. Negative where that is too little as it
  /// is.
  public long roomFor(Set<Digest> packs) throws IOException {
    Set<Digest> stay = new HashSet<>(pins.packs());
    stay.addAll(packs);
    long evictable = 0;
    for (PackReplica replica : replicas.all()) {
      if (!stay.contains(replica.pack())) {
        evictable += replica.framesNow().stream().mapToLong(KeptFrame::length).sum();
      }
    }
    CacheSpace.Measure now = space.measure();
    return now.usable() - limits.reserve(now.total()) + evictable;
  }

  /// How many bytes are to be fetched at once, so that the limits are not exceeded by more than
  /// they may be.
  public long batchBytes() {
    return Math.clamp(space.smallerSlack() / 2, MIN_BATCH, MAX_BATCH);
  }

  /// Waits until `bytes` more may be kept, while others are evicted for them.
  ///
  /// @return whether they may be; false after `patience`
  public boolean awaitRoom(long bytes, Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!space.hasRoom(bytes)) {
      if (System.nanoTime() - deadline >= 0) {
        return false;
      }
      evictor.wake();
      TimeUnit.NANOSECONDS.sleep(ROOM_PAUSE.toNanos());
    }
    return true;
  }

  /// How much the cache may take.
  public CacheLimits limits() {
    return limits;
  }

  /// Where the replicas are.
  public Path path() {
    return folder.path();
  }

  /// To be called once nobody reads any more. Idempotent.
  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try (folder;
          replicas) {
        disk.close();
        evictor.close();
      }
    }
  }
}
