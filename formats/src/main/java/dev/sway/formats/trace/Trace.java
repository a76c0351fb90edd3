package dev.sway.formats.trace;

import java.util.List;

/// What one run touched, in the order in which it asked. Only what the kernel did not know is in
/// it: a run on a mount that is in use may leave an empty one.
public record Trace(TraceHeader header, List<Access> accesses) {
  public Trace {
    accesses = List.copyOf(accesses);
  }
}
