package dev.sway.lazyfsd.source;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.sway.formats.id.Digest;
import java.time.Duration;

/// The copies of one server that were not what they should be, or not there, for a while: others
/// are asked first. Thread-safe and bounded; what is forgotten early is found out again.
final class Quarantine {
  /// How long a copy stays that was not what it should be.
  static final Duration TERM = Duration.ofSeconds(60);

  /// How long one stays that a peer did not have: it may have it as soon as it has run what we run.
  static final Duration MISS_TERM = Duration.ofSeconds(5);

  /// A pack with that many bad ranges is bad as a whole.
  static final int BAD_RANGES = 3;

  /// A peer that lacks that many ranges of a pack in a row is not asked for more of them.
  static final int MISSED_RANGES = 16;

  private static final int MAX_ENTRIES = 4096;

  private record Range(Digest pack, long offset) {}

  private final int mostRanges;
  private final Cache<Range, Boolean> ranges;
  private final Cache<Digest, Integer> packs;

  private Quarantine(Duration term, int mostRanges, Ticker clock) {
    this.mostRanges = mostRanges;
    ranges = bounded(term, clock).build();
    packs = bounded(term, clock).build();
  }

  /// Of copies that were not what they should be.
  static Quarantine ofBad(Ticker clock) {
    return new Quarantine(TERM, BAD_RANGES, clock);
  }

  /// Of copies that a peer does not have.
  static Quarantine ofAbsent(Ticker clock) {
    return new Quarantine(MISS_TERM, MISSED_RANGES, clock);
  }

  private static Caffeine<Object, Object> bounded(Duration term, Ticker clock) {
    return Caffeine.newBuilder()
        .maximumSize(MAX_ENTRIES)
        .expireAfterWrite(term)
        .ticker(clock)
        .executor(Runnable::run);
  }

  /// Puts the range of `pack` at `offset` in.
  void range(Digest pack, long offset) {
    ranges.put(new Range(pack, offset), true);
    packs.asMap().merge(pack, 1, (before, one) -> Math.min(before + one, mostRanges));
  }

  /// Puts all of `pack` in.
  void pack(Digest pack) {
    packs.put(pack, mostRanges);
  }

  /// Whether the range of `pack` at `offset` is in.
  boolean has(Digest pack, long offset) {
    Integer bad = packs.getIfPresent(pack);
    return bad != null
        && (bad >= mostRanges || ranges.getIfPresent(new Range(pack, offset)) != null);
  }

  /// Whether all of `pack` is in.
  boolean hasAll(Digest pack) {
    Integer bad = packs.getIfPresent(pack);
    return bad != null && bad >= mostRanges;
  }

  /// Lets the range of `pack` at `offset` out, and the pack: it was asked for and was right.
  void release(Digest pack, long offset) {
    if (packs.getIfPresent(pack) != null) {
      ranges.invalidate(new Range(pack, offset));
      packs.invalidate(pack);
    }
  }
}
