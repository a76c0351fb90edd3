package dev.sway.formats.read;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.tree.FileType;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/// Walks the tree of an image in the order of its paths: a directory before what is in it, the
/// entries of a directory by name. In memory are the entries of the directories from the root to
/// where the walk is, and a bit for each inode.
///
/// An index that has a directory under two names, or nests deeper than [EntryPath#MAX_DEPTH], is
/// refused. Not thread-safe.
public final class TreeWalk {
  private final IndexReader index;
  private final int maxDepth;
  private final Deque<Level> levels = new ArrayDeque<>();
  private final BitSet seen = new BitSet();

  /// A name in a directory.
  private record Child(ByteName name, long inode) {}

  /// What is left of a directory.
  private record Level(EntryPath path, Iterator<Child> rest) {}

  /// Walks what lies below `start`, `start` itself first.
  ///
  /// @param maxDepth how many levels below `start` are walked
  public TreeWalk(IndexReader index, TreeEntry start, int maxDepth) {
    this.index = index;
    this.maxDepth = maxDepth;
    // The start is a directory of its own, so that it is met as all others are.
    levels.push(
        new Level(
            start.path(), List.of(new Child(ByteName.of(""), start.inode().number())).iterator()));
  }

  /// The root of the image.
  public static TreeEntry root(IndexReader index) throws IOException {
    return entry(index, new EntryPath(List.of()), 0, 1);
  }

  /// The inode `number` as what is at `path`.
  static TreeEntry entry(IndexReader index, EntryPath path, int depth, long number)
      throws IOException {
    return index.read(session -> entry(session, path, depth, number));
  }

  private static TreeEntry entry(IndexSession session, EntryPath path, int depth, long number)
      throws IOException {
    InodeRecord inode = session.inode(number);
    if (inode == null) {
      throw new CorruptException(
          "index", "'%s' names the inode %d, which is missing".formatted(path, number));
    }
    FileType type =
        FileType.ofMode(inode.mode())
            .orElseThrow(() ->
                new CorruptException(
                    "index", "'%s' has the impossible mode %o".formatted(path, inode.mode())));
    return new TreeEntry(
        path, depth, type, inode, type == FileType.SYMLINK ? session.linkTarget(number) : null);
  }

  /// Whether there is one more entry.
  public boolean hasNext() {
    while (!levels.isEmpty() && !levels.getFirst().rest().hasNext()) {
      levels.pop();
    }
    return !levels.isEmpty();
  }

  /// The next entry.
  ///
  /// @throws CorruptException where the index contradicts itself
  /// @throws NoSuchElementException where there is none
  public TreeEntry next() throws IOException {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Level level = levels.getFirst();
    Child child = level.rest().next();
    int depth = levels.size() - 1;
    EntryPath path = depth == 0 ? level.path() : level.path().child(child.name());
    TreeEntry entry = entry(index, path, depth, child.inode());
    if (entry.isDirectory() && depth < maxDepth) {
      enter(path, child.inode());
    }
    return entry;
  }

  private void enter(EntryPath path, long inode) throws IOException {
    if (inode > index.counts().inodes() || inode > Integer.MAX_VALUE || seen.get((int) inode)) {
      throw new CorruptException(
          "index", "the directory '%s' has another name, too".formatted(path));
    }
    if (path.components().size() > EntryPath.MAX_DEPTH) {
      throw new CorruptException("index", "'%s' lies too deep".formatted(path));
    }
    seen.set((int) inode);
    List<Child> children = new ArrayList<>();
    index.read(session -> {
      session.entries(inode, (name, number, _) -> children.add(new Child(name, number)));
      return true;
    });
    levels.push(new Level(path, children.iterator()));
  }
}
