package dev.sway.formats.profile;

import dev.sway.formats.id.ByteName;
import java.util.ArrayList;
import java.util.List;

/// A path of a profile as an image has it.
///
/// @param names of the path, from the root down
/// @param inode at this path, 0 where there is none
/// @param ranges of the file that are wanted, ascending, within its size
/// @param size of the regular file in bytes; 0 of anything else
/// @param listed whether it is a directory that is listed
/// @param link whether it is a symbolic link
public record PlannedPath(
    List<ByteName> names,
    long inode,
    List<ProfileRange> ranges,
    long size,
    boolean listed,
    boolean link) {
  /// Of a file with less than this nothing is worth another order.
  private static final long LEAST_BYTES = 512 << 10;

  /// An ELF file's header, with what its loader looks up.
  private static final long HEAD_BYTES = 128 << 10;

  /// The end of an ELF file's data.
  private static final long TAIL_BYTES = 64 << 10;

  public PlannedPath {
    names = List.copyOf(names);
    ranges = List.copyOf(ranges);
  }

  /// All of the ranges, cut in parts, in the order in which these are most likely used first: the
  /// beginning, the end, and what is between. Whoever starts a program, or loads a library, begins
  /// with its header, and then writes to its data, which is at its end. What is read from front to
  /// back loses little by that.
  public List<ProfileRange> byUse() {
    if (ranges.isEmpty() || ranges.getLast().end() - ranges.getFirst().offset() < LEAST_BYTES) {
      return ranges;
    }
    long head = cut(ranges.getFirst().offset() + HEAD_BYTES);
    long tail = cut(ranges.getLast().end() - TAIL_BYTES);
    List<ProfileRange> parts = new ArrayList<>(part(0, head));
    parts.addAll(part(tail, Long.MAX_VALUE));
    parts.addAll(part(head, tail));
    return List.copyOf(parts);
  }

  private static long cut(long offset) {
    return offset / ProfileFormat.PAGE * ProfileFormat.PAGE;
  }

  private List<ProfileRange> part(long from, long to) {
    List<ProfileRange> part = new ArrayList<>();
    for (ProfileRange range : ranges) {
      long begin = Math.max(from, range.offset());
      long end = Math.min(to, range.end());
      if (begin < end) {
        part.add(new ProfileRange(begin, end - begin));
      }
    }
    return part;
  }
}
