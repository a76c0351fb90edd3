package dev.sway.lazyfsd.run;

import dev.sway.lazyfsd.api.RunEvent;
import java.io.IOException;

/// Is shown what a run does. Calls come from several threads, one at a time.
public interface RunObserver {
  /// Shows one event.
  ///
  /// @throws IOException where nobody watches any more; the run goes on for a while
  void show(RunEvent event) throws IOException;

  /// Shows that the run failed, and why; the last call but [#end].
  ///
  /// @throws IOException where nobody watches any more
  void fail(Exception why) throws IOException;

  /// Nothing follows, whether or not the run has ended.
  void end() throws IOException;
}
