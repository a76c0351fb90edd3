package dev.sway.formats.image;

import java.io.IOException;

/// Finds out what is stored already.
@FunctionalInterface
public interface KnownImages {
  /// The chunks of the images that a new one may refer to. Called once for a build, on a thread
  /// beside the one that reads the source, and interrupted where that fails; a [BuildProgress] that
  /// is told of both must take calls from both.
  KnownChunks find() throws IOException;
}
