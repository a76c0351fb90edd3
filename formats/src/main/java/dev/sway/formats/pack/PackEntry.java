package dev.sway.formats.pack;

import dev.sway.formats.id.ChunkId;

/// Where a chunk lies in its pack.
///
/// @param id digest of the content
/// @param offset of its zstd frame in the pack
/// @param stored length of the frame in bytes
/// @param length of the content in bytes
public record PackEntry(ChunkId id, long offset, int stored, int length) {}
