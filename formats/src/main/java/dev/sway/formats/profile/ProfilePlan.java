package dev.sway.formats.profile;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.tree.FileType;
import java.util.ArrayList;
import java.util.List;

/// What a profile means for one image: all of it is found by path in the image's own index, and
/// nothing that the profile says of inodes is believed.
///
/// @param paths in the order of their first use; those only whose folder the image has: who looks
///   up another one in a mount of the image may be led out of it, by a symbolic link
public record ProfilePlan(List<PlannedPath> paths) {
  /// What a profile has of a directory that is listed, whatever its size.
  static final ProfileRange LISTED = new ProfileRange(0, ProfileFormat.PAGE);

  public ProfilePlan {
    paths = List.copyOf(paths);
  }

  /// The plan for the image of `session`, of which nothing is kept.
  ///
  /// @throws CorruptException where the index is
  public static ProfilePlan of(Profile profile, IndexSession session) throws CorruptException {
    PathResolver resolver = new PathResolver(session);
    List<PlannedPath> paths = new ArrayList<>();
    for (ProfiledPath path : profile.paths()) {
      PathResolver.Place place = resolver.find(path.path());
      if (place.inFolder()) {
        paths.add(
            new PlannedPath(
                place.names(),
                place.inode(),
                RangeSet.before(path.ranges(), place.fileSize()),
                place.fileSize(),
                !path.ranges().isEmpty() && place.type() == FileType.DIRECTORY,
                place.type() == FileType.SYMLINK));
      }
    }
    return new ProfilePlan(paths);
  }
}
