package dev.sway.formats.tree;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.layer.Content;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One inode of a [Tree]. Its number and link count are known once the tree is built.
public final class TreeInode {
  private final FileType type;
  private Attributes attributes;
  private final @Nullable Content content;
  private final @Nullable ByteName linkTarget;
  private final int deviceMajor;
  private final int deviceMinor;
  private final SortedMap<ByteName, TreeInode> children;
  private long number;
  private int links;

  private TreeInode(
      FileType type,
      Attributes attributes,
      @Nullable Content content,
      @Nullable ByteName linkTarget,
      int deviceMajor,
      int deviceMinor,
      SortedMap<ByteName, TreeInode> children) {
    this.type = type;
    this.attributes = attributes;
    this.content = content;
    this.linkTarget = linkTarget;
    this.deviceMajor = deviceMajor;
    this.deviceMinor = deviceMinor;
    this.children = children;
  }

  static TreeInode directory(Attributes attributes) {
    return new TreeInode(FileType.DIRECTORY, attributes, null, null, 0, 0, new TreeMap<>());
  }

  static TreeInode file(Attributes attributes, Content content) {
    return new TreeInode(
        FileType.REGULAR, attributes, content, null, 0, 0, Collections.emptySortedMap());
  }

  static TreeInode symlink(Attributes attributes, ByteName target) {
    return new TreeInode(
        FileType.SYMLINK, attributes, null, target, 0, 0, Collections.emptySortedMap());
  }

  static TreeInode special(FileType type, Attributes attributes, int major, int minor) {
    return new TreeInode(type, attributes, null, null, major, minor, Collections.emptySortedMap());
  }

  public FileType type() {
    return type;
  }

  public Attributes attributes() {
    return attributes;
  }

  /// The bytes of a regular file; null for every other type.
  public @Nullable Content content() {
    return content;
  }

  /// The text of a symbolic link; null for every other type.
  public @Nullable ByteName linkTarget() {
    return linkTarget;
  }

  public int deviceMajor() {
    return deviceMajor;
  }

  public int deviceMinor() {
    return deviceMinor;
  }

  /// The entries of a directory by name; empty for every other type.
  public SortedMap<ByteName, TreeInode> children() {
    return Collections.unmodifiableSortedMap(children);
  }

  /// `st_ino`, from 1 for the root on, in directory order.
  public long number() {
    return number;
  }

  /// `st_nlink`: how many names a file has; for a directory, two and one for each directory in it.
  public int links() {
    return links;
  }

  /// `st_size`: bytes of a file, length of a symbolic link's text, 0 for every other type.
  public long size() {
    return content != null ? content.size() : linkTarget != null ? linkTarget.length() : 0;
  }

  boolean isDirectory() {
    return type == FileType.DIRECTORY;
  }

  void setAttributes(Attributes newer) {
    attributes = newer;
  }

  void put(ByteName name, TreeInode child) {
    children.put(name, child);
  }

  void remove(ByteName name) {
    children.remove(name);
  }

  void clear() {
    children.clear();
  }

  void number(long assigned) {
    number = assigned;
  }

  void addLink() {
    links++;
  }
}
