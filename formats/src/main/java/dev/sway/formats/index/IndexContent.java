package dev.sway.formats.index;

import dev.sway.formats.tree.Tree;
import java.util.List;
import java.util.Map;

/// Everything an index is written from.
///
/// @param tree the merged file system
/// @param extents the extents of each regular file that is not empty, by inode number, in order of
///   their offsets
/// @param chunks in the order of their ordinals
/// @param packs in the order of their ordinals
/// @param cutting the rules by which all files were cut into the chunks,
///   [dev.sway.formats.chunk.ChunkFormat#CUTTING], or 0 for others
public record IndexContent(
    Tree tree,
    Map<Long, List<Extent>> extents,
    List<ChunkLocation> chunks,
    List<PackReference> packs,
    int cutting) {
  /// Content that was cut by unknown rules.
  public IndexContent(
      Tree tree,
      Map<Long, List<Extent>> extents,
      List<ChunkLocation> chunks,
      List<PackReference> packs) {
    this(tree, extents, chunks, packs, 0);
  }
}
