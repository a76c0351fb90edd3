package dev.sway.formats.index;

/// A chunk and the pack that has it. The frame lies within the pack.
///
/// @param chunk where in the pack it lies, and what is in it
/// @param pack that has it
public record ChunkPlace(ChunkLocation chunk, PackReference pack) {}
