package dev.sway.formats.index;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Remembers where the chunks lie that were looked up last, so that who reads them again neither
/// looks them up nor makes objects of them again. Bounded, thread-safe.
final class ChunkPlaces {
  /// At most 0.6 MiB of one index; a gigabyte has some 3,000 chunks.
  private static final int SLOTS = 2048;

  private final AtomicReferenceArray<@Nullable Known> slots = new AtomicReferenceArray<>(SLOTS);

  private record Known(int ordinal, ChunkPlace place) {}

  /// Where chunk `ordinal` lies; null where that is not remembered.
  @Nullable ChunkPlace of(int ordinal) {
    Known known = slots.get(ordinal & (SLOTS - 1));
    return known != null && known.ordinal == ordinal ? known.place : null;
  }

  /// Remembers that chunk `ordinal` lies at `place`.
  void add(int ordinal, ChunkPlace place) {
    slots.set(ordinal & (SLOTS - 1), new Known(ordinal, place));
  }
}
