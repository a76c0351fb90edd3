package dev.sway.lazyfsd.chunk;

import dev.sway.formats.chunk.UnprovenException;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ContentId;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.lazyfsd.cache.FrameReference;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Loads on other threads what will be wanted soon: what is on the disk on few threads that are
/// never kept waiting, what must be fetched on threads that do nothing but wait, neighbours in one
/// request. What there is no thread for is left to those who need it. Thread-safe.
final class AheadLoads implements AutoCloseable {
  private final PackCache packs;
  private final DecodedChunks decoded;
  private final Decoders decoders;
  private final Loads loads;
  private final BackgroundThreads threads = new BackgroundThreads();

  /// Loads a chunk on the calling thread.
  @FunctionalInterface
  interface Loader {
    void load(ChunkPlace place) throws IOException;
  }

  AheadLoads(PackCache packs, DecodedChunks decoded, Decoders decoders, Loads loads) {
    this.packs = packs;
    this.decoded = decoded;
    this.decoders = decoders;
    this.loads = loads;
  }

  /// Begins with those of `places` that are neither in memory nor on their way. Returns at once.
  ///
  /// @param pause before what is not on the disk is asked for
  /// @param loader loads what is on the disk
  void begin(
      List<ChunkPlace> places,
      Duration pause,
      Urgency urgency,
      FetchCounters counters,
      Loader loader) {
    List<ChunkPlace> absent = new ArrayList<>();
    for (ChunkPlace place : places) {
      if (isHereOrComing(place.content())) {
        continue;
      }
      if (isOnDisk(place)) {
        threads.decode(() -> {
          if (!isHereOrComing(place.content())) {
            loader.load(place);
          }
        });
      } else {
        absent.add(place);
      }
    }
    if (!absent.isEmpty()) {
      threads.fetch(() -> {
        pause(pause);
        fetch(absent, urgency, counters, _ -> {});
      });
    }
  }

  private static void pause(Duration pause) throws InterruptedIOException {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  private boolean isHereOrComing(ContentId id) {
    return decoded.has(id) || loads.has(id);
  }

  /// Whether the frame of a chunk is said to be on this machine's disk.
  boolean isOnDisk(ChunkPlace place) {
    try {
      return packs.has(new FrameReference(place.chunk(), place.pack()));
    } catch (IOException e) {
      // Whoever then reads from there says so.
      return false;
    }
  }

  /// Fetches those of `places` that are neither here nor on their way, on the calling thread.
  ///
  /// @param loaded is told each once it is in memory
  /// @throws UnprovenException where one came that is not what its proof says
  void fetch(
      List<ChunkPlace> places, Urgency urgency, FetchCounters counters, Consumer<ChunkPlace> loaded)
      throws IOException {
    Map<ContentId, Load> mine = new ConcurrentHashMap<>();
    Map<FrameReference, ChunkPlace> told = new LinkedHashMap<>();
    List<UnprovenException> refused = new ArrayList<>(0);
    try {
      for (ChunkPlace place : places) {
        ContentId id = place.content();
        Load load = Load.amongOthers(place, urgency);
        FrameReference frame = new FrameReference(place.chunk(), place.pack());
        if (!decoded.has(id) && !told.containsKey(frame) && loads.offer(id, load) == null) {
          mine.put(id, load);
          loads.begin(load);
          told.put(frame, place);
        }
      }
      packs.prefetch(
          List.copyOf(told.keySet()),
          urgency,
          counters,
          (wanted, frame, where) -> {
            ChunkPlace place = Objects.requireNonNull(told.get(wanted));
            boolean proven = true;
            try {
              decode(place, frame, where);
            } catch (UnprovenException e) {
              // It is kept as the right frame that it is; who waits for it looks for himself.
              refused.add(e);
              proven = false;
            }
            Load load = mine.remove(place.content());
            if (load != null) {
              loads.end(place.content(), load, null);
              if (proven) {
                loaded.accept(place);
              }
            }
          });
    } finally {
      // Who waits for what did not come looks again, and loads it himself.
      mine.forEach((id, load) -> loads.end(id, load, null));
    }
    if (!refused.isEmpty()) {
      throw refused.getFirst();
    }
  }

  private void decode(ChunkPlace place, MemorySegment frame, String where)
      throws CorruptException, UnprovenException {
    try (Decoding decoding = new Decoding(decoded, decoders, place)) {
      decoding.accept(frame, where);
      decoded.leave(decoding.show());
    }
  }

  /// Interrupts what is under way, and waits for its end. Idempotent.
  @Override
  public void close() {
    threads.close();
  }
}
