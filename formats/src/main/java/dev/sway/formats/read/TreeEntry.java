package dev.sway.formats.read;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.tree.FileType;
import org.jspecify.annotations.Nullable;

/// One name in an image's tree, and what it names.
///
/// @param path of the name, from the root of the image
/// @param depth below where the walk began, which has 0
/// @param type of the inode
/// @param inode its attributes
/// @param linkTarget the text of a symbolic link; null for every other type
public record TreeEntry(
    EntryPath path, int depth, FileType type, InodeRecord inode, @Nullable ByteName linkTarget) {
  /// Whether it is a directory.
  public boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }
}
