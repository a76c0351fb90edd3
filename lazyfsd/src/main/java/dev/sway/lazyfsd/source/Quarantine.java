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

  private static final int MAX_ENTRIES = 4096;

  private record Range(Digest pack, long offset) {}

  private final Cache<Range, Boolean> ranges;
  private final Cache<Digest, Integer> packs;

  /// @param term how long a copy stays
  Quarantine(Duration term, Ticker clock) {
    ranges = bounded(term, clock).build();
    packs = bounded(term, clock).build();
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
    packs.asMap().merge(pack, 1, (before, one) -> Math.min(before + one, BAD_RANGES));
  }

  /// Puts all of `pack` in.
  void pack(Digest pack) {
    packs.put(pack, BAD_RANGES);
  }

  /// Whether the range of `pack` at `offset` is in.
  boolean has(Digest pack, long offset) {
    Integer bad = packs.getIfPresent(pack);
    return bad != null
        && (bad >= BAD_RANGES || ranges.getIfPresent(new Range(pack, offset)) != null);
  }

  /// Lets the range of `pack` at `offset` out, and the pack: it was asked for and was right.
  void release(Digest pack, long offset) {
    if (packs.getIfPresent(pack) != null) {
      ranges.invalidate(new Range(pack, offset));
      packs.invalidate(pack);
    }
  }
}
