package dev.sway.formats.index;

/// A run of a file's bytes that lies in one chunk.
///
/// @param fileOffset of its first byte in the file
/// @param chunk ordinal of the chunk
/// @param chunkOffset of its first byte in the chunk's content
/// @param length in bytes, at least 1
public record Extent(long fileOffset, int chunk, int chunkOffset, int length) {}
