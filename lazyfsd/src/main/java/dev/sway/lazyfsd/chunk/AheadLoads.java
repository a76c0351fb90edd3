package dev.sway.lazyfsd.chunk;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.lazyfsd.cache.FrameReference;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

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
  /// @param loader loads what is on the disk
  void begin(List<ChunkPlace> places, Urgency urgency, FetchCounters counters, Loader loader) {
    List<FrameReference> absent = new ArrayList<>();
    for (ChunkPlace place : places) {
      if (isHereOrComing(place.chunk().id())) {
        continue;
      }
      FrameReference frame = new FrameReference(place.chunk(), place.pack());
      if (isOnDisk(frame)) {
        threads.decode(() -> {
          if (!isHereOrComing(place.chunk().id())) {
            loader.load(place);
          }
        });
      } else {
        absent.add(frame);
      }
    }
    if (!absent.isEmpty()) {
      threads.fetch(() -> fetch(absent, urgency, counters));
    }
  }

  private boolean isHereOrComing(ChunkId id) {
    return decoded.has(id) || loads.has(id);
  }

  private boolean isOnDisk(FrameReference frame) {
    try {
      return packs.has(frame);
    } catch (IOException e) {
      // Whoever then reads from there says so.
      return false;
    }
  }

  private void fetch(List<FrameReference> frames, Urgency urgency, FetchCounters counters)
      throws IOException {
    Map<ChunkId, Load> mine = new ConcurrentHashMap<>();
    List<FrameReference> wanted = new ArrayList<>();
    try {
      for (FrameReference frame : frames) {
        ChunkId id = frame.chunk().id();
        Load load = Load.amongOthers(urgency);
        if (!decoded.has(id) && loads.offer(id, load) == null) {
          mine.put(id, load);
          loads.begin(load);
          wanted.add(frame);
        }
      }
      packs.prefetch(
          wanted,
          urgency,
          counters,
          (chunk, frame, where) -> {
            decode(chunk, frame, where);
            Load load = mine.remove(chunk.id());
            if (load != null) {
              loads.end(chunk.id(), load, null);
            }
          });
    } finally {
      // Who waits for what did not come looks again, and loads it himself.
      mine.forEach((id, load) -> loads.end(id, load, null));
    }
  }

  private void decode(ChunkLocation chunk, MemorySegment frame, String where)
      throws CorruptException {
    try (Decoding decoding = new Decoding(decoded, decoders, chunk)) {
      decoding.accept(frame, where);
      decoded.release(decoding.show());
    }
  }

  /// Interrupts what is under way, and waits for its end. Idempotent.
  @Override
  public void close() {
    threads.close();
  }
}
