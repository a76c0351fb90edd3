package dev.sway.lazyfsd.fuse;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.view.ImageView;
import java.nio.file.Path;

/// A way to serve a view to the kernel.
public interface FuseTransport {
  /// What users call it.
  String name();

  /// Mounts `view` at the empty folder `point` and returns once it answers.
  ///
  /// @param name shown as the mount's source in `/proc/mounts`, without commas
  /// @throws SwayException of kind `mount` where that fails
  FuseMount mount(ImageView view, Path point, String name) throws SwayException;
}
