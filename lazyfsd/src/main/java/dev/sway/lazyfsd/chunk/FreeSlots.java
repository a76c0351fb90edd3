package dev.sway.lazyfsd.chunk;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Slots that nobody uses, by how many bytes of memory they have, which does not change while they
/// are here. Not thread-safe.
final class FreeSlots {
  private final TreeMap<Long, Deque<Slot>> byResident = new TreeMap<>();

  void add(Slot slot) {
    // The processor may still have what was freed last.
    byResident.computeIfAbsent(slot.resident(), _ -> new ArrayDeque<>()).addFirst(slot);
  }

  /// Takes out the slot with the least memory that suffices, else the one with the most; null where
  /// there is none.
  @Nullable Slot poll(long need) {
    Map.Entry<Long, Deque<Slot>> best = byResident.ceilingEntry(need);
    if (best == null) {
      best = byResident.lastEntry();
    }
    if (best == null) {
      return null;
    }
    Slot slot = best.getValue().removeFirst();
    if (best.getValue().isEmpty()) {
      byResident.remove(best.getKey());
    }
    return slot;
  }
}
