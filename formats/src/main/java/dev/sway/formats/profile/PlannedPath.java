package dev.sway.formats.profile;

import java.util.List;

/// A path of a profile as an image has it.
///
/// @param path absolute, as [dev.sway.formats.trace.TracePath] writes it
/// @param inode at this path, 0 where there is none
/// @param ranges of the file that are wanted, ascending, within its size
/// @param listed whether it is a directory that is listed
public record PlannedPath(String path, long inode, List<ProfileRange> ranges, boolean listed) {
  public PlannedPath {
    ranges = List.copyOf(ranges);
  }
}
