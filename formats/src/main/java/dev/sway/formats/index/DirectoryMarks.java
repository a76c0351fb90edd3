package dev.sway.formats.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Remembers the names at some positions of the directories that were read last, so that reading
/// goes on in the middle of a large one without all that comes before.
///
/// A position is the ordinal of an entry, which no key tells: LMDB finds names, and counts nothing.
/// What is remembered only saves time. Whoever finds no mark starts at the first entry and comes to
/// the same place, so nothing is lost with a process. Bounded, thread-safe.
final class DirectoryMarks {
  /// One entry in so many is marked: FUSE takes some 30 with their attributes at a time. Smaller
  /// directories have no marks at all.
  static final int STEP = 32;

  /// Marks of one directory of 131,072 entries, or of many smaller ones; at most 1.2 MiB.
  private static final int SLOTS = 4096;

  private final AtomicReferenceArray<@Nullable Mark> slots = new AtomicReferenceArray<>(SLOTS);

  /// An entry that was seen.
  ///
  /// @param position its ordinal in the directory
  record Mark(long directory, long position, byte[] name) {
    private boolean isAt(long wantedDirectory, long wantedPosition) {
      return position == wantedPosition && directory == wantedDirectory;
    }
  }

  /// Tells that the entry at `position` is `name`.
  void passed(long directory, long position, MemorySegment name) {
    if (position % STEP != 0 || position == 0) {
      return;
    }
    int slot = slot(directory, position);
    Mark known = slots.get(slot);
    if (known == null || !known.isAt(directory, position)) {
      slots.set(slot, new Mark(directory, position, name.toArray(ValueLayout.JAVA_BYTE)));
    }
  }

  /// The last mark at or before `position`, or null where the first entry is as good.
  @Nullable Mark before(long directory, long position) {
    long highest = position / STEP;
    long lowest = Math.max(1, highest - SLOTS + 1);
    for (long step = highest; step >= lowest; step--) {
      Mark mark = slots.get(slot(directory, step * STEP));
      if (mark != null && mark.isAt(directory, step * STEP)) {
        return mark;
      }
    }
    return null;
  }

  /// Marks that follow one another lie beside each other, so that those of one directory displace
  /// one another only when there are more than fit.
  private static int slot(long directory, long position) {
    long start = (directory * 0x9E37_79B9_7F4A_7C15L) >>> 40;
    return (int) ((start + position / STEP) & (SLOTS - 1));
  }
}
