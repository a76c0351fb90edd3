package dev.sway.formats.profile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Keeps a profile within the limits of [ProfileFormat]: the rarest paths leave first, of equally
/// rare ones the latest. Of a path whose ranges have no room the name stays, and the ranges that
/// have.
final class ProfileBounds {
  static final Comparator<ProfiledPath> BY_FIRST_USE =
      Comparator.comparingLong(ProfiledPath::firstMicros).thenComparing(ProfiledPath::path);

  private static final Comparator<ProfiledPath> BY_WORTH =
      Comparator.comparingInt(ProfiledPath::runs).reversed().thenComparing(BY_FIRST_USE);

  private int paths = ProfileFormat.MAX_PATHS;
  private int length = ProfileFormat.MAX_PATHS_LENGTH;
  private int ranges = ProfileFormat.MAX_RANGES;
  private long bytes = ProfileFormat.MAX_RANGE_BYTES;

  private ProfileBounds() {}

  /// As many of `all` as a profile may have, in the order of their first use.
  static List<ProfiledPath> within(List<ProfiledPath> all) {
    ProfileBounds bounds = new ProfileBounds();
    List<ProfiledPath> kept = new ArrayList<>();
    for (ProfiledPath path : all.stream().sorted(BY_WORTH).toList()) {
      if (bounds.paths > 0 && path.path().length() <= bounds.length) {
        bounds.paths--;
        bounds.length -= path.path().length();
        kept.add(bounds.withRangesThatFit(path));
      }
    }
    kept.sort(BY_FIRST_USE);
    return kept;
  }

  private ProfiledPath withRangesThatFit(ProfiledPath path) {
    List<ProfileRange> fitting = new ArrayList<>();
    for (ProfileRange range : path.ranges()) {
      long length = Math.min(range.length(), bytes);
      if (length == 0 || ranges == 0) {
        break;
      }
      fitting.add(new ProfileRange(range.offset(), length));
      bytes -= length;
      ranges--;
    }
    return new ProfiledPath(
        path.path(), path.inode(), fitting, path.firstMicros(), path.runs(), path.missing());
  }
}
