package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.view.ImagePaths;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// Whether an image has room for what is mounted into every run. It is asked before runc is, which
/// follows an image's links where it should not: runc 1.1 makes `fd`, `ptmx` and others in `/dev`
/// before it changes the root, so that a `/dev` that links to a folder of the host gets them there.
final class MountPoints {
  /// Must not be links.
  private static final List<String> PLAIN = List.of("dev", "proc", "sys");

  /// May be links to folders: mounts below them stay in the image.
  private static final List<String> FOLDERS = List.of("/etc", "/run");

  private static final List<String> FILES = List.of("/etc/hosts", "/etc/hostname");

  private MountPoints() {}

  /// @throws SwayException of kind `run` for an image that no container is started on
  static void check(ImageView image) throws IOException {
    for (String name : PLAIN) {
      long inode = image.lookup(ImageView.ROOT, ByteName.of(name));
      if (inode != 0 && !isFolder(Optional.ofNullable(image.attributes(inode)))) {
        throw unfit("/" + name, "an ordinary folder");
      }
    }
    ImagePaths paths = new ImagePaths(image);
    for (String path : FOLDERS) {
      Optional<InodeRecord> found = paths.find(path);
      if (found.isPresent() && !isFolder(found)) {
        throw unfit(path, "a folder");
      }
    }
    for (String path : FILES) {
      if (isFolder(paths.find(path))) {
        throw unfit(path, "a file");
      }
    }
  }

  private static boolean isFolder(Optional<InodeRecord> inode) {
    return inode.flatMap(record -> FileType.ofMode(record.mode())).orElse(null)
        == FileType.DIRECTORY;
  }

  private static SwayException unfit(String path, String what) {
    return new SwayException(
        FailureKind.RUN,
        "the image's %s is not %s, so nothing is run in it; make it one and export again"
            .formatted(path, what));
  }
}
