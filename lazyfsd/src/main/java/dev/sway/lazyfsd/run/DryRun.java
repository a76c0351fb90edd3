package dev.sway.lazyfsd.run;

import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.linux.Folders;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A run as far as what it hands to runc: a folder with a bundle and a root file system, made as a
/// run makes them, and no container. What a worker that is killed leaves of it is swept as a run's
/// is. Not thread-safe.
public final class DryRun implements AutoCloseable {
  private final RunLayout.Run layout;
  private final RunOverlay overlay;

  private DryRun(RunLayout.Run layout, RunOverlay overlay) {
    this.layout = layout;
    this.overlay = overlay;
  }

  /// Makes them.
  ///
  /// @param layout of a worker that has its folder for runs
  /// @param image to run `command` on
  public static DryRun open(RunLayout layout, RunId id, MountedImage image, List<String> command)
      throws IOException {
    ImagePaths paths = new ImagePaths(image.view());
    RunRequest request = new RunRequest("", new RunRequest.Command(command), List.of(), "", "");
    ContainerProcess process =
        ContainerProcess.of(image.image().manifest().config(), request, Accounts.of(paths), id);
    RunLayout.Run run = layout.of(id);
    PrivateFolder.create(run.folder());
    try {
      RunBundle.write(run, id, process);
      return new DryRun(run, RunOverlay.mount(run, image.point(), image.view()));
    } catch (IOException | RuntimeException e) {
      try {
        Folders.delete(run.folder());
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /// The root file system that the container would have.
  public Path root() {
    return layout.rootfs();
  }

  @Override
  public void close() throws IOException {
    overlay.close();
    Folders.delete(layout.folder());
  }
}
