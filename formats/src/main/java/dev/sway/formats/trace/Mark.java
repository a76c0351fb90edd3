package dev.sway.formats.trace;

/// Moments in a run's life, in the order in which they come.
public enum Mark {
  /// The image's name was resolved.
  RESOLVED,
  /// The image is mounted.
  MOUNTED,
  /// The first bytes of a profile were asked for.
  PREFETCH_BEGUN,
  /// All that the profile names is here.
  PREFETCH_ENDED,
  /// The container's root file system is there, and runc is started.
  RUNC_STARTED,
  /// The container's first process exists.
  CONTAINER_STARTED,
  /// The container wrote its first output.
  FIRST_OUTPUT,
  /// The container ended.
  EXITED,
  /// Nothing is left of it.
  CLEARED
}
