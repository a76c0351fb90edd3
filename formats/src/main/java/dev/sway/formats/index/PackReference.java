package dev.sway.formats.index;

import dev.sway.formats.id.Digest;

/// A pack that the index points into.
///
/// @param digest of the pack file
/// @param size of it in bytes
public record PackReference(Digest digest, long size) {}
