package dev.sway.lazyfsd.hot;

import dev.sway.formats.hot.HotMap;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.IndexReader;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// The hot packs that a mount's bytes may be read from: those of the commands that were run last on
/// it. Thread-safe.
public final class HotPacks {
  /// Of more commands the latest ones count.
  private static final int MOST = 8;

  private final IndexReader index;
  private final ChunkCache chunks;
  private final FetchCounters counters;
  private final ReentrantLock adding = new ReentrantLock();

  /// Those that were given up and are not among `packs` any more.
  private final Set<Digest> broken = ConcurrentHashMap.newKeySet();

  /// The latest one first; replaced as a whole.
  private volatile List<HotPack> packs = List.of();

  /// @param index of the image; stays the caller's to close, after the last use of this
  /// @param counters of what is fetched of them
  public HotPacks(IndexReader index, ChunkCache chunks, FetchCounters counters) {
    this.index = index;
    this.chunks = chunks;
    this.counters = counters.part();
  }

  /// Bytes of a chunk in one of the hot packs.
  public record Found(HotPack pack, List<HotSpan> spans) {
    /// The segments that they lie in.
    public List<ChunkPlace> places() {
      return spans.stream().map(pack::place).distinct().toList();
    }
  }

  /// Has a hot pack used, if it is not yet; not again one that had to be given up.
  ///
  /// @throws IOException where it cannot be one of this image
  public void add(HotMap map) throws IOException {
    adding.lock();
    try {
      if (isBroken(map)
          || packs.stream().anyMatch(known -> known.map().pack().equals(map.pack()))) {
        return;
      }
      List<HotPack> all = new ArrayList<>(packs);
      all.stream()
          .filter(HotPack::isBroken)
          .forEach(pack -> broken.add(pack.map().pack().digest()));
      all.removeIf(HotPack::isBroken);
      all.addFirst(HotPack.of(map, index, chunks, counters));
      packs = List.copyOf(all.subList(0, Math.min(MOST, all.size())));
    } finally {
      adding.unlock();
    }
  }

  /// Where bytes `from` to `to` of a chunk are better read from than from the chunk: it is not in
  /// memory, and not nearer than a hot pack that has them. Empty where that is the chunk.
  ///
  /// @param place of the chunk
  public Optional<Found> better(ChunkPlace place, int chunk, int from, int to) {
    Found absent = null;
    for (HotPack pack : packs) {
      List<HotSpan> spans = pack.find(chunk, from, to);
      if (spans.isEmpty()) {
        continue;
      }
      if (chunks.isInMemory(place)) {
        return Optional.empty();
      }
      Found found = new Found(pack, spans);
      if (spans.stream().allMatch(span -> chunks.isHere(pack.place(span)))) {
        return Optional.of(found);
      }
      absent = absent == null ? found : absent;
    }
    return absent == null || chunks.isHere(place) ? Optional.empty() : Optional.of(absent);
  }

  /// Whether the hot pack of `map` was tried, and is out of use.
  public boolean isBroken(HotMap map) {
    return broken.contains(map.pack().digest())
        || packs.stream()
            .anyMatch(known ->
                known.isBroken() && known.map().pack().digest().equals(map.pack().digest()));
  }

  /// Fills `target` with bytes of a chunk, if a hot pack is the better place to read them from, and
  /// answers whether it did; where not, `target` has arbitrary bytes.
  public boolean read(ChunkPlace place, int chunk, int offset, MemorySegment target) {
    if (packs.isEmpty()) {
      return false;
    }
    Found found = better(place, chunk, offset, offset + (int) target.byteSize()).orElse(null);
    return found != null && found.pack().read(found.spans(), target);
  }

  /// Fills `target` with bytes of a chunk that a hot pack has in memory; answers whether one has.
  public boolean peek(int chunk, int offset, MemorySegment target) {
    for (HotPack pack : packs) {
      List<HotSpan> spans = pack.find(chunk, offset, offset + (int) target.byteSize());
      if (!spans.isEmpty() && pack.peek(spans, target)) {
        return true;
      }
    }
    return false;
  }
}
