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
public record IndexContent(
    Tree tree,
    Map<Long, List<Extent>> extents,
    List<ChunkLocation> chunks,
    List<PackReference> packs) {}
