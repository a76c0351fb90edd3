package dev.sway.formats.profile;

import dev.sway.formats.trace.TraceFormat;
import dev.sway.formats.trace.TracePath;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A profile as a file: one zstd frame with a content checksum, in it one JSON object in UTF-8 and
/// a line feed. `zstdcat FILE | jq` prints it.
///
/// ```
/// profile := {"format":"sway-profile","version":1,"manifest":digest,"command":digest,"args":[s*],"runs":n,
///             "updated":time,"pinned":b,"paths":[path*]}
/// path    := {"path":s,"inode":n,"ranges":[range*],"firstMicros":n,"runs":n,"missing":n}
/// range   := {"offset":n,"length":n}
/// digest  := "sha256:" and 64 lower-case hexadecimal digits
/// time    := ISO 8601 in UTC, to the nanosecond
/// ```
///
/// Members come in this order, all of them, and no other. Paths are written as [TracePath] does,
/// each once, in the order of `firstMicros`. Ranges ascend, do not touch, and are multiples of 4096
/// but for the end of a path's last.
///
/// Version 1 is the only one.
public final class ProfileFormat {
  /// The value of the member `format`.
  public static final String NAME = "sway-profile";

  /// The version written, and the newest read.
  public static final int VERSION = 1;

  /// The oldest version read.
  public static final int OLDEST_VERSION = 1;

  /// A profile's greatest size; one of 2,000 files has some 20 KiB.
  public static final int MAX_BYTES = 16 << 20;

  /// The greatest size of its JSON: what the limits below come to, each character of a path taking
  /// up to six bytes, each range 50.
  public static final int MAX_CONTENT = 64 << 20;

  /// The greatest number of paths.
  public static final int MAX_PATHS = 20_000;

  /// The greatest number of characters that all paths have, as they are written.
  public static final int MAX_PATHS_LENGTH = 4 << 20;

  /// The longest path in characters as it is written.
  public static final int MAX_PATH = TraceFormat.MAX_PATH;

  /// The greatest length of all ranges.
  public static final long MAX_RANGE_BYTES = 1L << 30;

  /// What ranges are multiples of: a page of the kernel's cache.
  public static final int PAGE = 4096;

  /// The greatest number of ranges: as many as fit into [#MAX_RANGE_BYTES].
  public static final int MAX_RANGES = (int) (MAX_RANGE_BYTES / PAGE);

  /// The greatest number of runs.
  public static final int MAX_RUNS = 1_000_000_000;

  static final String REMEDY = "delete it; the next runs learn it anew";

  private ProfileFormat() {}

  /// Checks that `profile` is within the limits, and its paths and ranges as they have to be.
  ///
  /// @throws IllegalArgumentException where that is not so
  static void check(Profile profile) {
    if (profile.paths().size() > MAX_PATHS) {
      throw new IllegalArgumentException("more than %d paths".formatted(MAX_PATHS));
    }
    require(profile.runs() >= 0 && profile.runs() <= MAX_RUNS, "an impossible number of runs", "");
    Set<String> known = HashSet.newHashSet(profile.paths().size());
    long length = 0;
    long bytes = 0;
    long before = Long.MIN_VALUE;
    for (ProfiledPath path : profile.paths()) {
      check(path);
      require(known.add(path.path()), "comes twice: ", path.path());
      require(path.firstMicros() >= before, "not in the order of first use: ", path.path());
      before = path.firstMicros();
      length += path.path().length();
      bytes += checkRanges(path);
    }
    if (length > MAX_PATHS_LENGTH || bytes > MAX_RANGE_BYTES) {
      throw new IllegalArgumentException(
          "its paths have %d characters and %d bytes in ranges, more than %d or %d"
              .formatted(length, bytes, MAX_PATHS_LENGTH, MAX_RANGE_BYTES));
    }
  }

  private static void check(ProfiledPath path) {
    require(path.path().length() <= MAX_PATH, "a path that is too long", "");
    TracePath.check(path.path());
    require(
        path.inode() >= 0 && path.inode() <= TraceFormat.MAX_NUMBER,
        "an impossible inode: ",
        path.path());
    require(
        path.firstMicros() >= -TraceFormat.MAX_NUMBER
            && path.firstMicros() <= TraceFormat.MAX_NUMBER,
        "an impossible time of first use: ",
        path.path());
    require(
        path.runs() >= 0
            && path.runs() <= MAX_RUNS
            && path.missing() >= 0
            && path.missing() <= MAX_RUNS,
        "an impossible number of runs: ",
        path.path());
  }

  /// How many bytes the ranges of `path` have, at most as many as a profile may have.
  private static long checkRanges(ProfiledPath path) {
    List<ProfileRange> ranges = path.ranges();
    long end = -1;
    long bytes = 0;
    for (int i = 0; i < ranges.size(); i++) {
      ProfileRange range = ranges.get(i);
      if (range.offset() <= end
          || range.offset() % PAGE != 0
          || range.length() <= 0
          || range.length() > MAX_RANGE_BYTES - bytes
          || range.offset() > TraceFormat.MAX_NUMBER
          || (range.length() % PAGE != 0 && i < ranges.size() - 1)) {
        throw new IllegalArgumentException(
            "range %d of %s is impossible: %d+%d"
                .formatted(i, path.path(), range.offset(), range.length()));
      }
      end = range.end();
      bytes += range.length();
    }
    return bytes;
  }

  /// The message is made only where it is needed: a start waits for these checks.
  private static void require(boolean condition, String otherwise, String path) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise + path);
    }
  }
}
