package dev.sway.formats.profile;

import java.util.List;

/// One path that runs of a command ask for.
///
/// @param path absolute, as [dev.sway.formats.trace.TracePath] writes it; it need not exist: also
///   that there is nothing can be known ahead
/// @param inode that had this path in the image that the profile was learnt on; 0 where there was
///   none. A hint
/// @param ranges of the file that are read, ascending, apart from one another, and multiples of
///   4096 but for the last one's end; empty where only the name is asked for
/// @param firstMicros after the run's start at which it is asked for first, the least of all runs
/// @param runs in how many of the profile's runs it was asked for
/// @param missing for how many runs it has not been seen since
public record ProfiledPath(
    String path, long inode, List<ProfileRange> ranges, long firstMicros, int runs, int missing) {
  public ProfiledPath {
    ranges = List.copyOf(ranges);
  }
}
