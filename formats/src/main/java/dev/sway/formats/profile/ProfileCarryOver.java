package dev.sway.formats.profile;

import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.tree.FileType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Gives a new version of an image the profile of the one before, so that its first start has one.
public final class ProfileCarryOver {
  private ProfileCarryOver() {}

  /// `profile` for another image: every path with the inode number that it has there, 0 where it is
  /// gone, and ranges only as far as the file goes. It counts for one run at most, so that what is
  /// learnt from the new image soon outweighs it, and is not pinned.
  ///
  /// @param index of the new image
  /// @param manifest digest of its manifest
  /// @throws IOException where the index is corrupt
  public static Profile carry(Profile profile, IndexReader index, Digest manifest)
      throws IOException {
    List<ProfiledPath> paths = index.read(session -> paths(profile, session));
    return new Profile(
        manifest,
        profile.command(),
        profile.args(),
        Math.min(1, profile.runs()),
        profile.updated(),
        false,
        paths);
  }

  private static List<ProfiledPath> paths(Profile profile, IndexSession session)
      throws IOException {
    PathResolver resolver = new PathResolver(session);
    List<ProfiledPath> paths = new ArrayList<>();
    for (ProfiledPath path : profile.paths()) {
      PathResolver.Place place = resolver.find(path.path());
      paths.add(
          new ProfiledPath(
              path.path(),
              place.inode(),
              !path.ranges().isEmpty() && place.type() == FileType.DIRECTORY
                  ? List.of(ProfilePlan.LISTED)
                  : RangeSet.before(path.ranges(), place.fileSize()),
              path.firstMicros(),
              Math.min(1, path.runs()),
              path.missing()));
    }
    return paths;
  }
}
