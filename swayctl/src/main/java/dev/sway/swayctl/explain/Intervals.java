package dev.sway.swayctl.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Times of which it only matters whether any of them lasts: the union of intervals, ascending and
/// apart from one another.
final class Intervals {
  /// One of them, in microseconds.
  record Interval(long from, long to) {}

  private final List<Interval> merged = new ArrayList<>();

  Intervals(List<Interval> intervals) {
    long from = 0;
    long to = Long.MIN_VALUE;
    for (Interval next :
        intervals.stream().sorted(Comparator.comparingLong(Interval::from)).toList()) {
      if (next.from() > to) {
        add(from, to);
        from = next.from();
        to = next.to();
      } else {
        to = Math.max(to, next.to());
      }
    }
    add(from, to);
  }

  private void add(long from, long to) {
    if (to > from) {
      merged.add(new Interval(from, to));
    }
  }

  List<Interval> all() {
    return merged;
  }

  /// How much of `from..to` they take.
  long within(long from, long to) {
    long sum = 0;
    for (Interval interval : merged) {
      sum += Math.max(0, Math.min(interval.to(), to) - Math.max(interval.from(), from));
    }
    return sum;
  }
}
