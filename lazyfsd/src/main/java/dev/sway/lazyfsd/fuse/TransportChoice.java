package dev.sway.lazyfsd.fuse;

import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.file.Path;

/// Chooses the transport that this machine can mount with.
@FunctionalInterface
public interface TransportChoice {
  /// A transport that was seen to work.
  ///
  /// @param point a folder that is made for a trial mount, and removed again
  /// @throws SwayException of kind `mount` where none works
  FuseTransport choose(Path point) throws IOException;
}
