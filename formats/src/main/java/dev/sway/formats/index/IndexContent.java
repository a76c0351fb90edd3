package dev.sway.formats.index;

import dev.sway.formats.id.Digest;
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
/// @param blockRoots of the chunks' [dev.sway.formats.chunk.BlockTree]s, in the same order; none
///   where they are unknown
/// @param cutting the rules by which all files were cut into the chunks,
///   [dev.sway.formats.chunk.ChunkFormat#CUTTING], or 0 for others
public record IndexContent(
    Tree tree,
    Map<Long, List<Extent>> extents,
    List<ChunkLocation> chunks,
    List<PackReference> packs,
    List<Digest> blockRoots,
    int cutting) {
  public IndexContent {
    if (!blockRoots.isEmpty() && blockRoots.size() != chunks.size()) {
      throw new IllegalArgumentException(
          "%d roots of %d chunks".formatted(blockRoots.size(), chunks.size()));
    }
  }

  /// Content that was cut by unknown rules, and of whose blocks nothing is known.
  public IndexContent(
      Tree tree,
      Map<Long, List<Extent>> extents,
      List<ChunkLocation> chunks,
      List<PackReference> packs) {
    this(tree, extents, chunks, packs, List.of(), 0);
  }
}
