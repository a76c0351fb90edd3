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

/// Finds what is at paths as traces write them, by walking down from the root; symbolic links are
/// not followed. Remembers directories, in which many paths lie. Belongs to one session.
final class PathResolver {
  private static final long ROOT = 1;

  private final IndexSession session;
  private final Map<String, Long> directories = new HashMap<>();

  PathResolver(IndexSession session) {
    this.session = session;
  }

  /// The inode at `path`, or 0 where there is none.
  ///
  /// @throws IllegalArgumentException where `path` is none
  long inode(String path) throws CorruptException {
    List<ByteName> names = TracePath.names(path);
    if (names.isEmpty()) {
      return ROOT;
    }
    long directory = folder(path, names);
    return directory == 0 ? 0 : session.lookup(directory, names.getLast());
  }

  /// Whether `path` would lie in a directory that there is.
  ///
  /// @throws IllegalArgumentException where `path` is none
  boolean hasFolderOf(String path) throws CorruptException {
    List<ByteName> names = TracePath.names(path);
    return names.isEmpty() || folder(path, names) != 0;
  }

  /// The directory in which `path` would lie, or 0 where there is none.
  private long folder(String path, List<ByteName> names) throws CorruptException {
    String parent = path.substring(0, path.lastIndexOf('/'));
    Long known = directories.get(parent);
    if (known != null) {
      return known;
    }
    long found = walk(names.subList(0, names.size() - 1));
    long directory = isDirectory(found) ? found : 0;
    directories.put(parent, directory);
    return directory;
  }

  /// Whether `inode`, 0 for none, is a directory.
  boolean isDirectory(long inode) throws CorruptException {
    InodeRecord record = inode == 0 ? null : session.inode(inode);
    return record != null && (record.mode() & FileType.MASK) == FileType.DIRECTORY.bits();
  }

  /// The size of the regular file `inode`; 0 of anything else.
  long fileSize(long inode) throws CorruptException {
    InodeRecord record = inode == 0 ? null : session.inode(inode);
    return record == null || (record.mode() & FileType.MASK) != FileType.REGULAR.bits()
        ? 0
        : record.size();
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
