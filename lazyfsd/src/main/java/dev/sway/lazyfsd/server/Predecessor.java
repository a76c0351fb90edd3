package dev.sway.lazyfsd.server;

import java.time.Duration;
import java.util.Set;

/// The lazyfsd that was told to leave its state folder to this one.
///
/// @param pids its process id; two where it is not certain which of these was told, none where that
///   is not known
/// @param patience how long it may take
public record Predecessor(Set<Long> pids, Duration patience) {
  /// There is none: the folder is free, or it is somebody else's.
  public static final Predecessor NONE = new Predecessor(Set.of(), Duration.ZERO);

  public Predecessor {
    pids = Set.copyOf(pids);
  }

  /// Whether the process `pid` may be the one that was told.
  boolean mayBe(long pid) {
    return pids.isEmpty() || pids.contains(pid);
  }
}
