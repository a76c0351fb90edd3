package dev.sway.formats.layer;

import dev.sway.formats.id.Digest;
import java.util.List;

/// One layer, read and checked.
///
/// @param entries in the order of the tar
/// @param diffId digest of the uncompressed tar
public record Layer(List<LayerEntry> entries, Digest diffId) {}
