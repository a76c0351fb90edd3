package dev.sway.lazyfsd.api;

import java.util.List;

/// The runs that a worker knows, in the order in which they started.
///
/// @param runs all of them
public record RunList(List<RunInfo> runs) {
  public RunList {
    runs = List.copyOf(runs);
  }
}
