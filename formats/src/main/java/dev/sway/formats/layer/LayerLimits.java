package dev.sway.formats.layer;

/// How much a [LayerReader] takes, so that a small archive cannot keep it busy for ever.
///
/// @param entries of all layers together
/// @param tarBytes of one compressed layer, decompressed
record LayerLimits(long entries, long tarBytes) {
  /// Twice the entries that an index is designed for, and more bytes than any image has.
  static final LayerLimits DEFAULT = new LayerLimits(20_000_000, 1L << 40);
}
