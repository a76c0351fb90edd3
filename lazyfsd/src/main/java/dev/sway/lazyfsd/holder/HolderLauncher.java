package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.nio.file.Path;

/// Starts the holder of a state folder.
@FunctionalInterface
public interface HolderLauncher {
  /// Starts one; when this returns, it can be connected to. It goes on when this process ends.
  ///
  /// @param state the folder, absolute
  void start(Path state) throws IOException;
}
