package dev.sway.lazyfsd.hot;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotProof;
import dev.sway.formats.hot.HotSegment;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A hot pack that an image's bytes can be read from. Thread-safe.
///
/// Nothing of it is believed: a segment is decoded only where its proof leads to what the image's
/// own index says ([HotProof]). Where that fails, or the pack cannot be had, it is out of use from
/// then on, and the image's chunks are read as if there were none.
public final class HotPack {
  private static final System.Logger LOG = System.getLogger(HotPack.class.getName());

  private final HotMap map;
  private final ChunkCache chunks;
  private final FetchCounters counters;
  private final HotRuns runs;
  private final List<ChunkPlace> places;
  private volatile boolean broken;

  private HotPack(
      HotMap map,
      ChunkCache chunks,
      FetchCounters counters,
      HotRuns runs,
      List<ChunkPlace> places) {
    this.map = map;
    this.chunks = chunks;
    this.counters = counters;
    this.runs = runs;
    this.places = places;
  }

  /// The hot pack that `map` describes.
  ///
  /// @param index of the image
  /// @param chunks has its segments, as it has the image's chunks
  /// @param counters of what is fetched of it; a failure here is none of the mount
  /// @throws CorruptException where the image has no such chunks or blocks, or `map` calls a pack
  ///   of the image a hot pack
  public static HotPack of(HotMap map, IndexReader index, ChunkCache chunks, FetchCounters counters)
      throws IOException {
    return index.read(session ->
        new HotPack(map, chunks, counters, HotRuns.of(map, session), places(map, session)));
  }

  /// Where the segments of `map` are, and what they must hold to be the image's. For a map that
  /// this worker has built itself, or that [#of] has looked at.
  ///
  /// @param session of the image's index
  /// @throws CorruptException where the image has no such chunks, or no such blocks in them
  public static List<ChunkPlace> places(HotMap map, IndexSession session) throws CorruptException {
    String where = "the map of the hot pack " + map.pack().digest();
    List<HotProof> proofs = HotProof.all(map.segments(), session, where);
    List<ChunkPlace> places = new ArrayList<>(proofs.size());
    for (int i = 0; i < proofs.size(); i++) {
      HotSegment segment = map.segments().get(i);
      places.add(new ChunkPlace(segment.location(), map.pack(), proofs.get(i)));
    }
    return List.copyOf(places);
  }

  HotMap map() {
    return map;
  }

  /// Whether it is out of use.
  public boolean isBroken() {
    return broken;
  }

  /// Where bytes `from` to `to` of the content of a chunk are, in their order; nothing where it
  /// does not have all of them, or is out of use.
  public List<HotSpan> find(int chunk, int from, int to) {
    return broken ? List.of() : runs.find(chunk, from, to);
  }

  /// Whether `place` is a segment of it.
  public boolean isOf(ChunkPlace place) {
    return place.pack().equals(map.pack());
  }

  /// The segment that a span lies in.
  public ChunkPlace place(HotSpan span) {
    return places.get(span.segment());
  }

  /// Fills `target` with the bytes of `spans`, which [#find] has found.
  ///
  /// @return whether it could; where not, `target` has arbitrary bytes
  boolean read(List<HotSpan> spans, MemorySegment target) {
    long done = 0;
    try {
      for (HotSpan span : spans) {
        chunks.read(place(span), span.offset(), target.asSlice(done, span.length()), counters);
        done += span.length();
      }
      return true;
    } catch (InterruptedIOException e) {
      // Says nothing of it.
      return false;
    } catch (IOException | RuntimeException e) {
      giveUp(e.getMessage());
      return false;
    }
  }

  /// The same with what is in memory; answers whether all of it is.
  boolean peek(List<HotSpan> spans, MemorySegment target) {
    long done = 0;
    for (HotSpan span : spans) {
      if (!chunks.peek(place(span), span.offset(), target.asSlice(done, span.length()))) {
        return false;
      }
      done += span.length();
    }
    return true;
  }

  /// It is out of use from now on.
  public void giveUp(@Nullable String reason) {
    if (!broken) {
      broken = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "the hot pack {0} is not used any more: {1}",
          map.pack().digest(),
          reason);
    }
  }
}
