package dev.sway.formats.tree;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.layer.Layer;
import dev.sway.formats.layer.LayerEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Applies layers one after another, as the OCI image specification says ("Image Layer Filesystem
/// Changeset").
///
/// Whiteouts hide only what *lower* layers brought, wherever in their layer they stand, so each
/// layer's whiteouts go first. A path that leads through a symbolic link is followed inside the
/// image, never out of it. Not thread-safe.
public final class TreeBuilder {
  /// As many symbolic links as Linux follows in one path.
  private static final int MAX_LINKS_FOLLOWED = 40;

  private final TreeInode root = TreeInode.directory(Attributes.IMPLIED_DIRECTORY);

  /// Applies the next layer; `name` names it in errors.
  ///
  /// @throws BadArchiveException where an entry cannot stand where it says: its parent is a file or
  ///   a symlink loop, or its hard link's target does not exist
  public void apply(Layer layer, String name) throws BadArchiveException {
    for (LayerEntry entry : layer.entries()) {
      switch (entry) {
        case LayerEntry.Whiteout whiteout -> hide(whiteout.path());
        case LayerEntry.Opaque opaque -> empty(opaque.path());
        default -> {}
      }
    }
    for (LayerEntry entry : layer.entries()) {
      try {
        add(entry);
      } catch (TreeConflict e) {
        throw new BadArchiveException(
            name, "the entry '" + entry.path() + "' is refused: " + e.getMessage(), e);
      }
    }
  }

  /// The merged tree, numbered. The builder must not be used after.
  public Tree build() {
    return Tree.of(root);
  }

  private void hide(EntryPath path) {
    TreeInode parent = existing(path.parent());
    if (parent != null && parent.isDirectory()) {
      parent.remove(path.name());
    }
  }

  /// Does not follow a symbolic link at the end of `path`: what lower layers have there is a link,
  /// and what it points to is not in this directory.
  private void empty(EntryPath path) {
    TreeInode parent = path.isRoot() ? root : existing(path.parent());
    TreeInode directory =
        path.isRoot() || parent == null ? root : parent.children().get(path.name());
    if (parent != null && directory != null && directory.isDirectory()) {
      directory.clear();
    }
  }

  /// What is at `path`, or null: what cannot be reached is not there, and there is nothing to hide.
  private @Nullable TreeInode existing(EntryPath path) {
    try {
      return walk(path, false);
    } catch (TreeConflict e) {
      return null;
    }
  }

  private void add(LayerEntry entry) throws TreeConflict {
    switch (entry) {
      case LayerEntry.Directory directory -> addDirectory(directory);
      case LayerEntry.File file ->
          put(file.path(), TreeInode.file(file.attributes(), file.content()));
      case LayerEntry.Symlink link ->
          put(link.path(), TreeInode.symlink(link.attributes(), link.target()));
      case LayerEntry.Fifo fifo ->
          put(fifo.path(), TreeInode.special(FileType.FIFO, fifo.attributes(), 0, 0));
      case LayerEntry.Device device ->
          put(
              device.path(),
              TreeInode.special(
                  device.block() ? FileType.BLOCK_DEVICE : FileType.CHARACTER_DEVICE,
                  device.attributes(),
                  device.major(),
                  device.minor()));
      case LayerEntry.HardLink link -> addHardLink(link);
      case LayerEntry.Whiteout whiteout -> {}
      case LayerEntry.Opaque opaque -> {}
    }
  }

  private void addDirectory(LayerEntry.Directory entry) throws TreeConflict {
    if (entry.path().isRoot()) {
      root.setAttributes(entry.attributes());
      return;
    }
    TreeInode parent = directory(entry.path().parent());
    TreeInode existing = parent.children().get(entry.path().name());
    if (existing != null && existing.isDirectory()) {
      existing.setAttributes(entry.attributes());
    } else {
      parent.put(entry.path().name(), TreeInode.directory(entry.attributes()));
    }
  }

  private void addHardLink(LayerEntry.HardLink entry) throws TreeConflict {
    TreeInode targetParent = walk(entry.target().parent(), false);
    TreeInode target =
        targetParent == null ? null : targetParent.children().get(entry.target().name());
    if (target == null) {
      throw new TreeConflict(
          "it is a hard link to '" + entry.target() + "', which does not exist in the image");
    }
    if (target.isDirectory()) {
      throw new TreeConflict("it is a hard link to the directory '" + entry.target() + "'");
    }
    put(entry.path(), target);
  }

  private void put(EntryPath path, TreeInode inode) throws TreeConflict {
    directory(path.parent()).put(path.name(), inode);
  }

  private TreeInode directory(EntryPath path) throws TreeConflict {
    TreeInode found = walk(path, true);
    if (found == null || !found.isDirectory()) {
      throw new TreeConflict("its parent '" + path + "' is not a directory");
    }
    return found;
  }

  /// Follows `path` from the root, through symbolic links, to the inode it ends at. Where a
  /// component is missing, creates it as an implied directory or answers null.
  private @Nullable TreeInode walk(EntryPath path, boolean create) throws TreeConflict {
    Deque<ByteName> rest = new ArrayDeque<>(path.components());
    List<TreeInode> trail = new ArrayList<>(List.of(root));
    int followed = 0;
    while (!rest.isEmpty()) {
      ByteName name = rest.pop();
      TreeInode current = trail.getLast();
      if (isDotDot(name)) {
        if (trail.size() > 1) {
          trail.removeLast();
        }
        continue;
      }
      TreeInode child = current.children().get(name);
      if (child == null) {
        if (!create || !current.isDirectory()) {
          return null;
        }
        child = TreeInode.directory(Attributes.IMPLIED_DIRECTORY);
        current.put(name, child);
      }
      ByteName target = child.linkTarget();
      if (target == null) {
        trail.add(child);
        continue;
      }
      if (++followed > MAX_LINKS_FOLLOWED) {
        throw new TreeConflict(
            "its path leads through more than " + MAX_LINKS_FOLLOWED + " symbolic links (a loop?)");
      }
      if (target.at(0) == '/') {
        trail.subList(1, trail.size()).clear();
      }
      pushComponents(rest, target);
    }
    return trail.getLast();
  }

  private static void pushComponents(Deque<ByteName> rest, ByteName target) throws TreeConflict {
    byte[] bytes = target.bytes();
    int end = bytes.length;
    for (int i = bytes.length - 1; i >= -1; i--) {
      if (i == -1 || bytes[i] == '/') {
        ByteName component = ByteName.of(bytes, i + 1, end);
        end = i;
        if (component.length() > ByteName.MAX_BYTES) {
          throw new TreeConflict(
              "its path leads through a symbolic link with a component of "
                  + component.length()
                  + " bytes");
        }
        if (component.length() > 0 && !(component.length() == 1 && component.at(0) == '.')) {
          rest.push(component);
        }
      }
    }
  }

  private static boolean isDotDot(ByteName name) {
    return name.length() == 2 && name.at(0) == '.' && name.at(1) == '.';
  }

  /// Why an entry cannot stand where it says.
  private static final class TreeConflict extends Exception {
    TreeConflict(String message) {
      super(message);
    }
  }
}
