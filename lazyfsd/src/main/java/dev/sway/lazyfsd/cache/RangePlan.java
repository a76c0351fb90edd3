package dev.sway.lazyfsd.cache;

import dev.sway.lazyfsd.source.http.RangeHeader;
import dev.sway.lazyfsd.source.http.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which frames of one pack are fetched together: neighbours in one request.
final class RangePlan {
  /// A gap up to this length, of frames that nobody wants or that are here, is fetched too: it
  /// costs less than another request, see `docs/design/0014-shared-bounded-cache.md`.
  static final long MAX_GAP = 64 << 10;

  /// No request is longer, unless a single frame is: others wait while it is under way, and it is
  /// in memory as a whole.
  static final long MAX_RANGE = 4 << 20;

  private RangePlan() {}

  /// One request.
  ///
  /// @param frames that it is made for, by offset; at least one
  record Range(List<FrameReference> frames) {
    long offset() {
      return frames.getFirst().chunk().offset();
    }

    int length() {
      return (int) (frames.getLast().end() - offset());
    }

    /// The bytes of the frames; those that abut are one span. Where there are more gaps than a
    /// request can name, what is between the frames counts as needed too.
    List<Span> spans() {
      List<Span> spans = new ArrayList<>();
      for (FrameReference frame : frames) {
        long from = frame.chunk().offset();
        boolean abuts = !spans.isEmpty() && spans.getLast().end() == from;
        long begin = abuts ? spans.removeLast().offset() : from;
        spans.add(new Span(begin, (int) (frame.end() - begin)));
      }
      return spans.size() > RangeHeader.MAX_SPANS ? List.of(new Span(offset(), length())) : spans;
    }
  }

  /// The ranges that have all of `wanted`, which are frames of one pack, and each once.
  static List<Range> of(List<FrameReference> wanted) {
    List<FrameReference> sorted = new ArrayList<>(wanted);
    sorted.sort(Comparator.comparingLong(frame -> frame.chunk().offset()));
    List<Range> ranges = new ArrayList<>();
    List<FrameReference> current = new ArrayList<>();
    for (FrameReference frame : sorted) {
      if (!current.isEmpty() && !fits(current, frame)) {
        ranges.add(new Range(List.copyOf(current)));
        current.clear();
      }
      if (current.isEmpty() || frame.chunk().offset() >= current.getLast().end()) {
        current.add(frame);
      }
    }
    if (!current.isEmpty()) {
      ranges.add(new Range(List.copyOf(current)));
    }
    return ranges;
  }

  /// Whether `frame` may be fetched with those before it. One that overlaps the last is either the
  /// same again, and is left out, or not what the index of an honest image says, and comes alone.
  private static boolean fits(List<FrameReference> before, FrameReference frame) {
    FrameReference last = before.getLast();
    if (frame.chunk().offset() < last.end()) {
      return frame.chunk().equals(last.chunk());
    }
    return frame.chunk().offset() - last.end() <= MAX_GAP
        && frame.end() - before.getFirst().chunk().offset() <= MAX_RANGE;
  }
}
