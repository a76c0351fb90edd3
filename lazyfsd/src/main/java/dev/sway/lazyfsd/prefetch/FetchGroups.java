package dev.sway.lazyfsd.prefetch;

import dev.sway.formats.index.ChunkPlace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which chunks are fetched together: neighbours in a pack, the most urgent ones first.
final class FetchGroups {
  /// What lies between two chunks of a group costs less than another request.
  private static final long MAX_GAP = 64 << 10;

  /// A group is wanted as soon as its first chunk is, and comes as a whole...
  private static final long MAX_BYTES = 512 << 10;

  /// ... so that the first one of a pack is small, and each one after it twice as large: a run
  /// waits for what it asks for first, and for nothing else meanwhile.
  private static final long FIRST_BYTES = 64 << 10;

  private FetchGroups() {}

  /// The groups of `wanted`, which is in the order of urgency.
  static List<List<ChunkPlace>> of(List<ChunkPlace> wanted) {
    Map<ChunkPlace, Integer> urgency = new HashMap<>();
    for (ChunkPlace place : wanted) {
      urgency.putIfAbsent(place, urgency.size());
    }
    List<ChunkPlace> sorted = new ArrayList<>(urgency.keySet());
    sorted.sort(
        Comparator.comparing((ChunkPlace place) -> place.pack().digest().hex())
            .thenComparingLong(place -> place.chunk().offset()));
    List<List<ChunkPlace>> groups = new ArrayList<>();
    List<ChunkPlace> group = new ArrayList<>();
    long most = FIRST_BYTES;
    for (ChunkPlace place : sorted) {
      if (!group.isEmpty() && !fits(group, place, most)) {
        groups.add(group);
        most =
            place.pack().equals(group.getFirst().pack())
                ? Math.min(2 * most, MAX_BYTES)
                : FIRST_BYTES;
        group = new ArrayList<>();
      }
      group.add(place);
    }
    if (!group.isEmpty()) {
      groups.add(group);
    }
    groups.sort(
        Comparator.comparingInt(
            members -> members.stream().mapToInt(urgency::get).min().orElseThrow()));
    return groups;
  }

  private static boolean fits(List<ChunkPlace> group, ChunkPlace next, long most) {
    ChunkPlace first = group.getFirst();
    ChunkPlace last = group.getLast();
    return next.pack().equals(first.pack())
        && next.chunk().offset() - end(last) <= MAX_GAP
        && end(next) - first.chunk().offset() <= most;
  }

  private static long end(ChunkPlace place) {
    return place.chunk().offset() + place.chunk().stored();
  }
}
