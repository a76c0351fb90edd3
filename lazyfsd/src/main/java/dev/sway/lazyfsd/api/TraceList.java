package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/// The traces that a worker has, the latest first. Of an older worker it is read as an [Older].
@JsonIgnoreProperties(ignoreUnknown = true)
public record TraceList(List<TraceInfo> traces) {
  public TraceList {
    traces = List.copyOf(traces);
  }

  /// What a worker of an older version says of a trace: see [TraceInfo].
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record OlderInfo(String run, long bytes, String written) {}

  /// The list that a worker of an older version has.
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Older(List<OlderInfo> traces) {
    public Older {
      traces = List.copyOf(traces);
    }

    /// The same as far as it goes.
    public TraceList list() {
      return new TraceList(
          traces.stream()
              .map(trace -> TraceInfo.unread(trace.run(), trace.bytes(), trace.written()))
              .toList());
    }
  }
}
