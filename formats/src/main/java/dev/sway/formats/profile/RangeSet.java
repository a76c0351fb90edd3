package dev.sway.formats.profile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Ranges of one file, rounded out to pages, merged where they overlap or touch. Not thread-safe.
final class RangeSet {
  /// The ends of ranges by their offsets.
  private final TreeMap<Long, Long> ends = new TreeMap<>();

  /// Adds the pages that `length` bytes from `offset` on touch.
  void add(long offset, long length) {
    if (length <= 0) {
      return;
    }
    long page = ProfileFormat.PAGE;
    long from = offset / page * page;
    long to = (offset + length + page - 1) / page * page;
    Map.Entry<Long, Long> before = ends.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      from = before.getKey();
      to = Math.max(to, before.getValue());
    }
    Map<Long, Long> swallowed = ends.subMap(from, true, to, true);
    for (long end : swallowed.values()) {
      to = Math.max(to, end);
    }
    swallowed.clear();
    ends.put(from, to);
  }

  /// Adds ranges.
  void add(List<ProfileRange> ranges) {
    ranges.forEach(range -> add(range.offset(), range.length()));
  }

  /// The ranges, ascending and apart from one another.
  List<ProfileRange> ranges() {
    List<ProfileRange> ranges = new ArrayList<>(ends.size());
    ends.forEach((from, to) -> ranges.add(new ProfileRange(from, to - from)));
    return ranges;
  }

  /// As much of `ranges` as lies before `end`.
  static List<ProfileRange> before(List<ProfileRange> ranges, long end) {
    if (ranges.isEmpty() || ranges.getLast().end() <= end) {
      return ranges;
    }
    List<ProfileRange> before = new ArrayList<>();
    for (ProfileRange range : ranges) {
      if (range.offset() < end) {
        before.add(
            new ProfileRange(range.offset(), Math.min(range.length(), end - range.offset())));
      }
    }
    return before;
  }
}
