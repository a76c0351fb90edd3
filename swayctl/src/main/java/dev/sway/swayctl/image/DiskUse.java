package dev.sway.swayctl.image;

import dev.sway.formats.id.ChunkId;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.layer.EntryPath;
import dev.sway.formats.read.Extents;
import dev.sway.formats.read.StoredImage;
import dev.sway.formats.read.TreeEntry;
import dev.sway.formats.read.TreeWalk;
import dev.sway.formats.tree.FileType;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What the directories of an image take, in files and in packs. Each byte of a pack is shared out
/// among the bytes of all files that lie in its chunk, so that the root's share is what all chunks
/// take together. An inode counts once, where its first name in path order is. Takes eight bytes of
/// memory for each chunk. Used once, by one thread.
public final class DiskUse {
  private final StoredImage image;
  private final long[] referenced;
  private final Set<ChunkId> elsewhere = new HashSet<>();
  private final BitSet counted = new BitSet();

  /// What a directory takes, or a file where the walk begins at one.
  ///
  /// @param path in the image
  /// @param entries names in it, itself included
  /// @param size of the files in bytes, as they are read
  /// @param stored their share of the packs, in bytes
  /// @param unique how much of that share lies in chunks that the compared images have not
  public record Row(String path, long entries, long size, long stored, long unique) {}

  /// Collects what lies in a directory.
  private static final class Sum {
    final TreeEntry entry;
    long entries;
    long size;
    double stored;
    double unique;

    Sum(TreeEntry entry) {
      this.entry = entry;
    }

    void add(Sum child) {
      entries += child.entries;
      size += child.size;
      stored += child.stored;
      unique += child.unique;
    }

    Row row() {
      return new Row(
          entry.path().toString(), entries, size, Math.round(stored), Math.round(unique));
    }
  }

  /// @param against images whose chunks are not unique to this one
  public DiskUse(StoredImage image, List<StoredImage> against) throws IOException {
    this.image = image;
    referenced = new long[image.index().counts().chunks()];
    for (StoredImage other : against) {
      elsewhere.addAll(ChunkSet.of(other));
    }
    for (long number = 1; number <= image.index().counts().inodes(); number++) {
      long inode = number;
      InodeRecord found = image.index().read(session -> session.inode(inode));
      if (found != null) {
        Extents.each(image.index(), found, extent -> referenced[extent.chunk()] += extent.length());
      }
    }
  }

  /// The directories from `start` on, the greatest share first.
  ///
  /// @param depth how many levels below `start` have a row of their own
  public List<Row> below(TreeEntry start, int depth) throws IOException {
    List<Row> rows = new ArrayList<>();
    Deque<Sum> open = new ArrayDeque<>();
    TreeWalk walk = new TreeWalk(image.index(), start, EntryPath.MAX_DEPTH);
    while (walk.hasNext()) {
      TreeEntry entry = walk.next();
      while (open.size() > entry.depth()) {
        close(open, rows, depth);
      }
      Sum sum = new Sum(entry);
      sum.entries = 1;
      measure(entry, sum);
      open.push(sum);
    }
    while (!open.isEmpty()) {
      close(open, rows, depth);
    }
    rows.sort(Comparator.comparingLong(Row::stored).reversed().thenComparing(Row::path));
    return rows;
  }

  /// What was pushed last is complete.
  private static void close(Deque<Sum> open, List<Row> rows, int depth) {
    Sum sum = open.pop();
    if (!open.isEmpty()) {
      open.getFirst().add(sum);
    }
    if (sum.entry.depth() == 0 || (sum.entry.isDirectory() && sum.entry.depth() <= depth)) {
      rows.add(sum.row());
    }
  }

  private void measure(TreeEntry entry, Sum sum) throws IOException {
    InodeRecord inode = entry.inode();
    if (entry.isDirectory() || counted.get((int) inode.number())) {
      return;
    }
    counted.set((int) inode.number());
    sum.size = entry.type() == FileType.REGULAR ? inode.size() : 0;
    Extents.each(
        image.index(),
        inode,
        extent -> {
          ChunkLocation chunk = image.index().read(session -> session.chunk(extent.chunk()));
          double share = (double) chunk.stored() * extent.length() / referenced[extent.chunk()];
          sum.stored += share;
          sum.unique += elsewhere.contains(chunk.id()) ? 0 : share;
        });
  }
}
