package dev.sway.formats.trace;

/// From where an access was answered: the farthest place that was needed.
public enum ServedFrom {
  /// The index, which is on the worker's disk.
  INDEX,
  /// A chunk that was decoded already.
  MEMORY,
  /// The worker's cache of packs.
  DISK,
  /// A server.
  SOURCE
}
