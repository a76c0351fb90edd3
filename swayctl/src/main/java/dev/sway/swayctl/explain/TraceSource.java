package dev.sway.swayctl.explain;

import dev.sway.formats.trace.Trace;
import java.io.IOException;

/// Where a trace comes from.
@FunctionalInterface
public interface TraceSource {
  /// The trace.
  ///
  /// @throws IOException where there is none, or it cannot be read
  Trace trace() throws IOException;
}
