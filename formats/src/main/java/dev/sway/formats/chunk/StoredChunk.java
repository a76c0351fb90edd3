package dev.sway.formats.chunk;

import dev.sway.formats.id.ChunkId;

/// A chunk as a pack stores it.
///
/// @param id digest of its content
/// @param frame its zstd frame; must not be changed
/// @param length of its content in bytes
public record StoredChunk(ChunkId id, byte[] frame, int length) {}
