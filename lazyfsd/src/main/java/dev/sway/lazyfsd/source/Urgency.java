package dev.sway.lazyfsd.source;

/// How soon bytes are wanted. What comes first here goes before what comes later.
public enum Urgency {
  /// A process waits for them.
  ON_DEMAND,
  /// A process will probably ask for them next.
  READ_AHEAD,
  /// A profile says that a run will ask for them.
  PREFETCH,
  /// Somebody wants an image to be here, whenever that is.
  BACKGROUND
}
