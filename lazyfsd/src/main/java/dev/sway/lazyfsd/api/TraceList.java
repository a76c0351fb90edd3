package dev.sway.lazyfsd.api;

import java.util.List;

/// The traces that a worker has, the latest first.
public record TraceList(List<TraceInfo> traces) {
  public TraceList {
    traces = List.copyOf(traces);
  }
}
