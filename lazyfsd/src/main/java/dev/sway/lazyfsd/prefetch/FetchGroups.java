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

  /// A group is wanted as soon as its first chunk is, and comes as a whole.
  private static final long MAX_BYTES = 512 << 10;

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
    for (ChunkPlace place : sorted) {
      if (!group.isEmpty() && !fits(group, place)) {
        groups.add(group);
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

  private static boolean fits(List<ChunkPlace> group, ChunkPlace next) {
    ChunkPlace first = group.getFirst();
    ChunkPlace last = group.getLast();
    return next.pack().equals(first.pack())
        && next.chunk().offset() - end(last) <= MAX_GAP
        && end(next) - first.chunk().offset() <= MAX_BYTES;
  }

  private static long end(ChunkPlace place) {
    return place.chunk().offset() + place.chunk().stored();
  }
}
