package dev.sway.formats.profile;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.ExtentCursor;
import dev.sway.formats.index.IndexSession;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a profile means for one image: all of it is found by path in the image's own index, and
/// nothing that the profile says of inodes is believed.
///
/// @param paths in the order of their first use
/// @param chunks that have what the paths want, each once, by their ordinals in the index, in the
///   order of their first use
public record ProfilePlan(List<PlannedPath> paths, List<Integer> chunks) {
  public ProfilePlan {
    paths = List.copyOf(paths);
    chunks = List.copyOf(chunks);
  }

  /// The plan for the image of `session`, of which nothing is kept.
  ///
  /// @throws CorruptException where the index is
  public static ProfilePlan of(Profile profile, IndexSession session) throws CorruptException {
    PathResolver resolver = new PathResolver(session);
    List<PlannedPath> paths = new ArrayList<>();
    Set<Integer> chunks = new LinkedHashSet<>();
    for (ProfiledPath path : profile.paths()) {
      long inode = resolver.inode(path.path());
      List<ProfileRange> ranges = RangeSet.before(path.ranges(), resolver.fileSize(inode));
      for (ProfileRange range : ranges) {
        addChunks(session.extents(inode), range, chunks);
      }
      paths.add(new PlannedPath(path.path(), inode, ranges));
    }
    return new ProfilePlan(paths, new ArrayList<>(chunks));
  }

  private static void addChunks(
      @Nullable ExtentCursor file, ProfileRange range, Set<Integer> chunks)
      throws CorruptException {
    boolean more = file != null && file.seek(range.offset());
    while (file != null && more && file.fileOffset() < range.end()) {
      chunks.add(file.chunk());
      more = file.next();
    }
  }
}
