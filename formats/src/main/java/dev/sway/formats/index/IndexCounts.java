package dev.sway.formats.index;

/// How many records the databases of an index have.
///
/// @param dirents names, without the root
/// @param inodes of any type
/// @param xattrs of all inodes
/// @param extents inodes that have any
/// @param chunks where content lies
/// @param packs that have them
/// @param blockRoots of chunks
public record IndexCounts(
    long dirents,
    long inodes,
    long xattrs,
    long extents,
    long chunks,
    long packs,
    long blockRoots) {}
