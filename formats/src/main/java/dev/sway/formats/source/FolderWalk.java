package dev.sway.formats.source;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.layer.LayerEntry;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One walk through a folder, which lists it as the entries of a layer: directory by directory,
/// each sorted by name, so that the same folder gives the same list. Regular files are read later.
/// Not thread-safe.
final class FolderWalk {
  private final FolderTree tree;
  private final Consumer<String> notices;
  private final List<LayerEntry> entries = new ArrayList<>();
  private final Deque<Directory> pending = new ArrayDeque<>();
  private final Map<FileStatus.Inode, EntryPath> linked = new HashMap<>();
  private final Set<ByteName> leftOutXattrs = new HashSet<>();

  /// A directory that is to be listed.
  ///
  /// @param path of it
  /// @param inode that it was when its parent was listed
  private record Directory(EntryPath path, FileStatus.Inode inode) {}

  /// @param notices is told of what is left out
  FolderWalk(FolderTree tree, Consumer<String> notices) {
    this.tree = tree;
    this.notices = notices;
  }

  /// The entries of the folder, the root first.
  ///
  /// @throws SwayException of kind `storage` where something cannot be read, or changes meanwhile
  List<LayerEntry> walk() throws IOException {
    EntryPath root = new EntryPath(List.of());
    FileStatus status =
        tree.inDirectory(
            root,
            directory -> {
              FileStatus found = LinuxFiles.status(directory);
              entries.add(
                  new LayerEntry.Directory(
                      root, attributes(directory, FolderTree.SELF, root, found)));
              return found;
            });
    pending.push(new Directory(root, status.identity().inode()));
    while (!pending.isEmpty()) {
      Directory next = pending.pop();
      List<Directory> below =
          tree.inDirectory(next.path(), directory -> list(next, directory, status.mount()));
      // What comes first is listed first.
      below.reversed().forEach(pending::push);
    }
    return entries;
  }

  private List<Directory> list(Directory listed, int directory, FileStatus.Mount mount)
      throws IOException {
    if (!LinuxFiles.status(directory).identity().inode().equals(listed.inode())) {
      throw tree.failure(listed.path(), new ErrnoException(ErrnoException.ENOENT));
    }
    List<ByteName> names = LinuxFiles.names(directory);
    Collections.sort(names);
    List<Directory> below = new ArrayList<>();
    for (ByteName name : names) {
      EntryPath path = listed.path().child(name);
      requireNameable(path);
      try {
        FileStatus status = LinuxFiles.status(directory, name);
        boolean elsewhere = !status.mount().equals(mount);
        if (elsewhere) {
          notices.accept(tree.text(path) + " is another file system; what is in it is left out");
        }
        if (!elsewhere || status.type() == '5') {
          add(directory, name, path, status);
        }
        if (!elsewhere && status.type() == '5') {
          below.add(new Directory(path, status.identity().inode()));
        }
      } catch (ErrnoException e) {
        throw tree.failure(path, e);
      }
    }
    return below;
  }

  private void requireNameable(EntryPath path) throws SwayException {
    if (path.components().size() > EntryPath.MAX_DEPTH
        || path.name().length() > ByteName.MAX_BYTES) {
      throw new SwayException(
          FailureKind.BAD_ARCHIVE,
          "%s is deeper than %d folders, or its name is longer than %d bytes; shorten it"
              .formatted(tree.text(path), EntryPath.MAX_DEPTH, ByteName.MAX_BYTES));
    }
  }

  private void add(int directory, ByteName name, EntryPath path, FileStatus status)
      throws IOException {
    char type = status.type();
    if (type == 's' || type == '?') {
      notices.accept(
          tree.text(path)
              + (type == 's' ? " is a socket" : " is of an unknown type")
              + ", which no image holds; it is left out");
      return;
    }
    if (type != '5' && status.links() > 1) {
      EntryPath first = linked.putIfAbsent(status.identity().inode(), path);
      if (first != null) {
        entries.add(new LayerEntry.HardLink(path, first));
        return;
      }
    }
    entries.add(entry(directory, name, path, status));
  }

  private LayerEntry entry(int directory, ByteName name, EntryPath path, FileStatus status)
      throws IOException {
    Attributes attributes = attributes(directory, name, path, status);
    return switch (status.type()) {
      case '0' -> new LayerEntry.File(path, attributes, FolderContent.of(tree, path, status));
      case '2' -> new LayerEntry.Symlink(path, attributes, LinuxFiles.linkTarget(directory, name));
      case '5' -> new LayerEntry.Directory(path, attributes);
      case '6' -> new LayerEntry.Fifo(path, attributes);
      default ->
          new LayerEntry.Device(
              path, attributes, status.type() == '4', status.deviceMajor(), status.deviceMinor());
    };
  }

  private Attributes attributes(int directory, ByteName name, EntryPath path, FileStatus status)
      throws IOException {
    SortedMap<ByteName, byte[]> xattrs = new TreeMap<>();
    for (ByteName xattr : LinuxFiles.xattrNames(directory, name)) {
      @Nullable String reason = leftOut(xattr.toString());
      if (reason == null) {
        Optional<byte[]> value = LinuxFiles.xattr(directory, name, xattr);
        value.ifPresent(bytes -> xattrs.put(xattr, bytes));
      } else if (leftOutXattrs.add(xattr)) {
        notices.accept(
            "the xattr %s (of %s, for one) %s; it is left out"
                .formatted(xattr, tree.text(path), reason));
      }
    }
    return new Attributes(
        status.permissions(),
        status.uid(),
        status.gid(),
        status.mtimeSeconds(),
        status.mtimeNanos(),
        xattrs);
  }

  /// Why an extended attribute is no part of an image, or null where it is one.
  private static @Nullable String leftOut(String xattr) {
    if (xattr.startsWith("trusted.overlay.")) {
      return "belongs to an overlay of this machine";
    }
    if (xattr.startsWith("security.") && !xattr.equals("security.capability")) {
      return "is a label of this machine's security module";
    }
    if (xattr.startsWith("system.") && !xattr.startsWith("system.posix_acl_")) {
      return "belongs to this machine's file system";
    }
    return null;
  }
}
