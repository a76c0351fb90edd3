package dev.sway.formats.tree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/// A merged file system, complete and numbered.
///
/// Inode numbers run in directory order: the root is 1, and the new inodes of one directory are
/// numbered in a row, by name. Reading a directory with the attributes of its entries is then one
/// walk over neighbouring records.
///
/// @param inodes every inode once, by number from 1 on
/// @param entries how many names there are, the root included
public record Tree(List<TreeInode> inodes, long entries) {
  /// The number of the root.
  public static final long ROOT = 1;

  public Tree {
    inodes = Collections.unmodifiableList(inodes);
  }

  static Tree of(TreeInode root) {
    List<TreeInode> inodes = new ArrayList<>();
    number(root, inodes);
    long entries = 1;
    // A directory's own name and its "." make two links, ".." of each directory in it one more; the
    // root is its own parent.
    root.addLink();
    root.addLink();
    for (int next = 0; next < inodes.size(); next++) {
      TreeInode inode = inodes.get(next);
      for (TreeInode child : inode.children().values()) {
        entries++;
        child.addLink();
        if (child.isDirectory()) {
          child.addLink();
          inode.addLink();
        }
        if (child.number() == 0) {
          number(child, inodes);
        }
      }
    }
    return new Tree(inodes, entries);
  }

  private static void number(TreeInode inode, List<TreeInode> inodes) {
    inodes.add(inode);
    inode.number(inodes.size());
  }

  public TreeInode root() {
    return inodes.getFirst();
  }

  /// The regular files in the order of their paths, depth first, each inode once, under its first
  /// path.
  public List<TreeInode> filesInPathOrder() {
    List<TreeInode> files = new ArrayList<>();
    boolean[] seen = new boolean[inodes.size() + 1];
    Deque<Iterator<TreeInode>> stack = new ArrayDeque<>();
    stack.push(root().children().values().iterator());
    while (!stack.isEmpty()) {
      if (!stack.getFirst().hasNext()) {
        stack.pop();
        continue;
      }
      TreeInode inode = stack.getFirst().next();
      if (inode.isDirectory()) {
        stack.push(inode.children().values().iterator());
      } else if (inode.type() == FileType.REGULAR && !seen[(int) inode.number()]) {
        seen[(int) inode.number()] = true;
        files.add(inode);
      }
    }
    return files;
  }
}
