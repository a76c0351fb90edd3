package dev.sway.lazyfsd.run;

import dev.sway.lazyfsd.api.RunEvent;
import java.io.IOException;

/// Is shown what a run does. Calls come from several threads, one at a time.
@FunctionalInterface
public interface RunObserver {
  /// Shows one event.
  ///
  /// @throws IOException where nobody watches any more: the run is then ended
  void show(RunEvent event) throws IOException;
}
