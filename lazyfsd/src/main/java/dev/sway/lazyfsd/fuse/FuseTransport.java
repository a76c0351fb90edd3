package dev.sway.lazyfsd.fuse;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.view.ImageView;
import java.nio.file.Path;
import java.util.List;

/// A way to serve a view to the kernel.
public interface FuseTransport {
  /// The file system's type in `/proc/mounts`, whichever transport serves it.
  String TYPE = "fuse.sway";

  /// What users call it.
  String name();

  /// Mounts `view` at the empty folder `point` and returns once it answers.
  ///
  /// @param name shown as the mount's source in `/proc/mounts`, without commas
  /// @throws SwayException of kind `mount` where that fails
  default FuseMount mount(ImageView view, Path point, String name) throws SwayException {
    return mount(view, AccessSink.NONE, point, name);
  }

  /// The same, and tells `accesses` what the kernel asks, where the transport can tell who does.
  FuseMount mount(ImageView view, AccessSink accesses, Path point, String name)
      throws SwayException;

  /// Gives memory back that is kept for later requests, of whatever mount.
  default void trim() {}

  /// Goes on serving a mount whose server has ended. Requests that it has left without an answer
  /// are answered now.
  ///
  /// @param view of the same image
  /// @param accesses told what the kernel asks
  /// @param point where it is mounted
  /// @param descriptors of [FuseMount#descriptors], duplicates or not; taken over
  /// @throws SwayException of kind `mount` where that fails; the descriptors are closed then
  default FuseMount resume(
      ImageView view, AccessSink accesses, Path point, List<Integer> descriptors)
      throws SwayException {
    throw new SwayException(
        FailureKind.MOUNT, "the transport " + name() + " cannot take over the mount at " + point);
  }
}
