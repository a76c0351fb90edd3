package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.InodeRecord;
import dev.sway.lazyfsd.linux.Errno;
import dev.sway.lazyfsd.linux.SystemCalls;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A run's root file system: the shared mount below, the run's own tmpfs above.
final class RunOverlay implements AutoCloseable {
  /// Names the mounts of runs in mount tables.
  static final String SOURCE = "sway-run";

  /// What a run may write: 2 GiB and a million files, of memory that its cgroup is charged for.
  private static final String SCRATCH_OPTIONS = "size=2g,nr_inodes=1m,mode=0700";

  /// The image's own `trusted.overlay` attributes must not steer this overlay; a crash leaves
  /// nothing worth syncing for.
  private static final String OVERLAY_OPTIONS =
      "redirect_dir=nofollow,index=off,metacopy=off,volatile,";

  /// Of a mode: what is not the file's type.
  private static final int PERMISSIONS = 07777;

  private final RunLayout.Run layout;
  private boolean scratchMounted;
  private boolean overlayMounted;

  private RunOverlay(RunLayout.Run layout) {
    this.layout = layout;
  }

  /// Mounts both.
  ///
  /// @param lower where `image` is mounted
  static RunOverlay mount(RunLayout.Run layout, Path lower, ImageView image) throws IOException {
    InodeRecord root = image.attributes(ImageView.ROOT);
    if (root == null) {
      throw new CorruptException("index", "has no root folder");
    }
    RunOverlay overlay = new RunOverlay(layout);
    try {
      Files.createDirectory(layout.scratch());
      Files.createDirectory(layout.rootfs());
      SystemCalls.mount(
          SOURCE,
          layout.scratch(),
          "tmpfs",
          SystemCalls.MS_NODEV | SystemCalls.MS_NOSUID,
          SCRATCH_OPTIONS);
      overlay.scratchMounted = true;
      // The container's root has the permissions and the owner of the image's.
      Files.createDirectory(layout.upper());
      Files.setAttribute(layout.upper(), "unix:uid", root.uid());
      Files.setAttribute(layout.upper(), "unix:gid", root.gid());
      Files.setAttribute(layout.upper(), "unix:mode", root.mode() & PERMISSIONS);
      Files.createDirectory(layout.work());
      SystemCalls.mount(
          SOURCE,
          layout.rootfs(),
          "overlay",
          SystemCalls.MS_NODEV,
          OVERLAY_OPTIONS
              + "lowerdir="
              + lower
              + ",upperdir="
              + layout.upper()
              + ",workdir="
              + layout.work());
      overlay.overlayMounted = true;
      return overlay;
    } catch (IOException | RuntimeException e) {
      try (overlay) {
        throw e;
      }
    }
  }

  /// What an earlier worker has mounted, to be closed.
  static RunOverlay left(RunLayout.Run layout) {
    RunOverlay overlay = new RunOverlay(layout);
    overlay.scratchMounted = true;
    overlay.overlayMounted = true;
    return overlay;
  }

  @Override
  public void close() throws SwayException {
    try {
      if (overlayMounted) {
        unmount(layout.rootfs());
        overlayMounted = false;
      }
    } finally {
      if (scratchMounted) {
        unmount(layout.scratch());
        scratchMounted = false;
      }
    }
  }

  private static void unmount(Path point) throws SwayException {
    int error = SystemCalls.unmount(point, false);
    if (error == Errno.EBUSY.number()) {
      error = SystemCalls.unmount(point, true);
    }
    if (error != 0 && error != Errno.EINVAL.number() && error != Errno.ENOENT.number()) {
      throw new SwayException(
          FailureKind.MOUNT, "cannot unmount " + point + ": " + Errno.describe(error));
    }
  }
}
