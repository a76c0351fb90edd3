package dev.sway.formats.profile;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.trace.TracePath;
import dev.sway.formats.tree.FileType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds what is at paths as traces write them, by walking down from the root; symbolic links are
/// not followed. Remembers directories, in which many paths lie. Belongs to one session.
final class PathResolver {
  private static final long ROOT = 1;

  private final IndexSession session;
  private final Map<String, Long> directories = new HashMap<>();

  PathResolver(IndexSession session) {
    this.session = session;
  }

  /// What is at a path.
  ///
  /// @param names of the path, from the root down
  /// @param inFolder whether the path lies, or would lie, in a directory that there is
  /// @param inode 0 where there is none
  /// @param type what that is; null where there is none
  /// @param fileSize of a regular file; 0 of anything else
  record Place(
      List<ByteName> names, boolean inFolder, long inode, @Nullable FileType type, long fileSize) {}

  /// Finds `path`.
  ///
  /// @throws IllegalArgumentException where it is none
  Place find(String path) throws CorruptException {
    List<ByteName> names = TracePath.names(path);
    long folder = names.isEmpty() ? ROOT : folder(path, names);
    long inode = names.isEmpty() || folder == 0 ? folder : session.lookup(folder, names.getLast());
    InodeRecord record = inode == 0 ? null : session.inode(inode);
    FileType type = type(record);
    return new Place(
        names,
        folder != 0,
        inode,
        type,
        record != null && type == FileType.REGULAR ? record.size() : 0);
  }

  private static @Nullable FileType type(@Nullable InodeRecord record) {
    return record == null ? null : FileType.ofMode(record.mode()).orElse(null);
  }

  /// The directory in which `path` would lie, or 0 where there is none.
  private long folder(String path, List<ByteName> names) throws CorruptException {
    String parent = path.substring(0, path.lastIndexOf('/'));
    Long known = directories.get(parent);
    if (known != null) {
      return known;
    }
    long found = walk(names.subList(0, names.size() - 1));
    long directory = found != 0 && type(session.inode(found)) == FileType.DIRECTORY ? found : 0;
    directories.put(parent, directory);
    return directory;
  }

  /// Where `names` lead. What is no directory has no entries, a symbolic link neither.
  private long walk(List<ByteName> names) throws CorruptException {
    long inode = ROOT;
    for (ByteName name : names) {
      inode = session.lookup(inode, name);
      if (inode == 0) {
        return 0;
      }
    }
    return inode;
  }
}
