package dev.sway.lazyfsd.chunk;

import dev.sway.formats.chunk.UnprovenException;
import dev.sway.formats.id.ContentId;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Provenance;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Verified chunks: from native memory, else decoded from the worker's cache of packs.
///
/// What is in memory is copied by the thread that reads; what is not, it loads itself, unless
/// somebody else does so already: however many want a chunk, one of them loads it. Thread-safe;
/// shared by all images.
public final class ChunkCache implements AutoCloseable {
  /// The least that it can do with.
  public static final long LEAST_BYTES = DecodedChunks.LEAST_BYTES;

  /// How long a reader waits at least for somebody who loads a chunk for nobody's immediate need...
  private static final long LEAST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /// ... and at most.
  private static final long MOST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  /// What is not read for one to two of these is no longer in memory.
  private static final long AGE_SECONDS = 15;

  private final PackCache packs;
  private final DecodedChunks decoded;
  private final Decoders decoders = new Decoders();
  private final Loads loads = new Loads();
  private final AheadLoads ahead;
  private final ScheduledExecutorService timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("chunk-ageing").daemon().factory());
  private final Future<?> ageing;

  /// @param packs has the frames; closed with this
  /// @param memoryBytes for decoded chunks; at least [#LEAST_BYTES] are used
  public ChunkCache(PackCache packs, long memoryBytes) throws IOException {
    this.packs = packs;
    this.decoded = new DecodedChunks(memoryBytes);
    this.ahead = new AheadLoads(packs, decoded, decoders, loads);
    ageing = timer.scheduleWithFixedDelay(decoded::age, AGE_SECONDS, AGE_SECONDS, TimeUnit.SECONDS);
  }

  /// Fills `target` with the content of a chunk from `offset` on.
  ///
  /// @throws IOException where no source has the chunk, or only damaged copies of it
  /// @throws IndexOutOfBoundsException where the chunk has not so much content
  public void read(ChunkPlace place, int offset, MemorySegment target, FetchCounters counters)
      throws IOException {
    Slot slot = decoded.pin(place.content());
    Provenance.note(ServedFrom.MEMORY);
    if (slot == null) {
      slot = loadForReader(place, counters);
    }
    copy(slot, offset, target);
  }

  /// The same with what is in memory; answers whether it is. Waits for nothing.
  ///
  /// @throws IndexOutOfBoundsException where the chunk has not so much content
  public boolean peek(ChunkPlace place, int offset, MemorySegment target) {
    Slot slot = decoded.pin(place.content());
    if (slot == null) {
      return false;
    }
    copy(slot, offset, target);
    return true;
  }

  private void copy(Slot slot, int offset, MemorySegment target) {
    try {
      slot.copy(offset, target);
    } finally {
      decoded.release(slot);
      if (loads.isClosed()) {
        decoded.clear();
      }
    }
  }

  private Slot loadForReader(ChunkPlace place, FetchCounters counters) throws IOException {
    try {
      return load(place, Urgency.ON_DEMAND, counters);
    } catch (IOException e) {
      counters.failed(e);
      throw e;
    }
  }

  /// Has other threads load chunks that will be wanted, as far as they are neither in memory nor on
  /// their way, and as far as there are threads for them. Returns at once.
  public void begin(List<ChunkPlace> places, Urgency urgency, FetchCounters counters) {
    begin(places, Duration.ZERO, urgency, counters);
  }

  /// Like [#begin(List, Urgency, FetchCounters)], but what must be fetched is asked for after
  /// `pause`, unless it has come to be here or on its way by then.
  public void begin(
      List<ChunkPlace> places, Duration pause, Urgency urgency, FetchCounters counters) {
    ahead.begin(
        places, pause, urgency, counters, place -> decoded.leave(load(place, urgency, counters)));
  }

  /// Loads chunks on the calling thread: what must be fetched first, with its neighbours in as few
  /// requests as that takes, then what is on the disk.
  ///
  /// @param loaded is told each once it is in memory, on the calling thread; others may wait for
  ///   what it holds, so it must not wait for a mount of this cache
  /// @throws IOException where one cannot be had; others were loaded nonetheless
  public void prefetch(List<ChunkPlace> places, FetchCounters counters, Consumer<ChunkPlace> loaded)
      throws IOException {
    Set<ChunkPlace> done = new HashSet<>();
    ahead.fetch(
        places,
        Urgency.PREFETCH,
        counters,
        place -> {
          done.add(place);
          loaded.accept(place);
        });
    for (ChunkPlace place : places) {
      if (!done.contains(place)) {
        decoded.leave(load(place, Urgency.PREFETCH, counters));
        loaded.accept(place);
      }
    }
  }

  /// Nobody is expected to read a chunk any more, because the kernel has what was wanted of it: its
  /// memory is the first to be used again.
  public void dismiss(ChunkPlace place) {
    decoded.dismiss(place.content());
  }

  /// Whether a chunk can be had without decoding it.
  public boolean isInMemory(ChunkPlace place) {
    return decoded.has(place.content());
  }

  /// Whether a chunk is on this machine's disk.
  public boolean isKept(ChunkPlace place) {
    return ahead.isOnDisk(place);
  }

  /// Waits until nothing that was fetched still waits to be kept on the disk, at most `patience`;
  /// answers whether that is so.
  public boolean awaitKept(Duration patience) {
    return packs.awaitKept(patience);
  }

  /// Whether a chunk can be had without a source.
  public boolean isHere(ChunkPlace place) {
    return isInMemory(place) || ahead.isOnDisk(place);
  }

  /// The slot of a chunk, pinned: loaded by this thread, or by another one that does so already.
  private Slot load(ChunkPlace place, Urgency urgency, FetchCounters counters) throws IOException {
    ContentId id = place.content();
    long arrived = System.nanoTime();
    while (true) {
      Load mine = Load.byThisThread(place, urgency);
      Load first = loads.offer(id, mine);
      if (first == null) {
        return run(mine, place, urgency, counters);
      }
      Provenance.note(ahead.isOnDisk(place) ? ServedFrom.DISK : ServedFrom.SOURCE);
      if (!first.await(urgency, patience(first, place.pack()))) {
        if (loads.overtake(id, first, mine)) {
          return overtake(first, mine, place, urgency, counters);
        }
        // It has just ended, or somebody else has overtaken it.
        continue;
      }
      Slot slot = decoded.pin(id);
      if (slot != null) {
        return slot;
      }
      first.check(place, urgency, arrived);
    }
  }

  /// How long a reader waits for a less urgent load: as long as that may take where nothing is
  /// wrong, because a second request would have to share the way with it. What nobody wants soon
  /// may stand in a queue.
  private long patience(Load load, PackReference pack) {
    return load.urgency() == Urgency.BACKGROUND
        ? LEAST_PATIENCE_NANOS
        : Math.clamp(packs.slowNanos(pack), LEAST_PATIENCE_NANOS, MOST_PATIENCE_NANOS);
  }

  /// Those who wait for the slow one get what this brings, if it does.
  private Slot overtake(
      Load slow, Load mine, ChunkPlace place, Urgency urgency, FetchCounters counters)
      throws IOException {
    Slot slot = run(mine, place, urgency, counters);
    slow.overtaken();
    return slot;
  }

  private Slot run(Load load, ChunkPlace place, Urgency urgency, FetchCounters counters)
      throws IOException {
    ContentId id = place.content();
    IOException failure = null;
    boolean over = false;
    try {
      loads.begin(load);
      // It may have come between the reader's look and its turn.
      Slot known = decoded.pin(id);
      Slot slot = known == null ? decode(place, urgency, counters) : known;
      over = true;
      return slot;
    } catch (UnprovenException e) {
      // Another place of the same content may have a proof that is right.
      over = true;
      throw e;
    } catch (IOException e) {
      failure = e;
      throw e;
    } finally {
      if (!over && failure == null) {
        failure = new IOException("cannot load " + id);
      }
      loads.end(id, load, failure);
    }
  }

  private Slot decode(ChunkPlace place, Urgency urgency, FetchCounters counters)
      throws IOException {
    try (Decoding decoding = new Decoding(decoded, decoders, place)) {
      packs.frame(place.chunk(), place.pack(), urgency, counters, decoding);
      return decoding.show();
    }
  }

  /// Gives memory back that is kept for later, at once or by way of the collector. What is decoded
  /// leaves by its age.
  public void trim() {
    decoders.closeIdle();
    packs.trim();
  }

  /// How many bytes may be read ahead of one reader at most, so that what is read ahead is still
  /// there when its turn comes.
  public long readAheadBytes() {
    return decoded.capacity() / 8;
  }

  /// How many bytes of memory decoded chunks take now.
  public long residentBytes() {
    return decoded.resident();
  }

  /// Ends what is being loaded: whoever waits for it gets an error. Idempotent.
  @Override
  public void close() throws IOException {
    ageing.cancel(false);
    timer.shutdown();
    loads.interrupt();
    ahead.close();
    loads.await();
    decoders.close();
    decoded.clear();
    // Only now does nobody read the packs any more.
    packs.close();
  }
}
