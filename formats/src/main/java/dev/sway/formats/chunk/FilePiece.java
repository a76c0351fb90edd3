package dev.sway.formats.chunk;

/// The part of a file that a chunk holds.
///
/// @param inode the file's number
/// @param fileOffset of the part's first byte in the file
/// @param chunkOffset of the part's first byte in the chunk's content
/// @param length of the part in bytes, at least 1
public record FilePiece(long inode, long fileOffset, int chunkOffset, int length) {}
