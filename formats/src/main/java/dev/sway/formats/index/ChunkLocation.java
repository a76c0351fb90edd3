package dev.sway.formats.index;

import dev.sway.formats.id.ChunkId;

/// Where a chunk is stored.
///
/// @param id digest of its content
/// @param pack ordinal of the pack
/// @param offset of its zstd frame in the pack
/// @param stored length of the frame in bytes
/// @param length of its content in bytes
public record ChunkLocation(ChunkId id, int pack, long offset, int stored, int length) {}
