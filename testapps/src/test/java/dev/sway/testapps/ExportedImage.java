package dev.sway.testapps;

import java.io.IOException;
import java.nio.file.Path;

/// An image that each test of a class begins with: made and exported once, by the real programs,
/// and given to every test as files that are its own.
final class ExportedImage {
  /// What is in the image beside [TestImages#busyboxTree].
  @FunctionalInterface
  interface Addition {
    void addTo(Path tree) throws IOException, InterruptedException;
  }

  private final Path folder;

  private ExportedImage(Path folder) {
    this.folder = folder;
  }

  /// Exports it as `app`.
  ///
  /// @param folder an empty one, which must stay as long as tests begin
  static ExportedImage app(Path folder, Addition addition)
      throws IOException, InterruptedException {
    try (Sway sway = new Sway(folder)) {
      sway.startBlobd();
      Path tree = TestImages.busyboxTree(sway.images().resolve("tree"));
      addition.addTo(tree);
      sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("app.tar")), "app");
    }
    return new ExportedImage(folder);
  }

  /// A copy of the blob server's folder, of the tree (`tree`) and of its archive (`app.tar`), with
  /// nothing started.
  Sway in(Path test) throws IOException, InterruptedException {
    Sway sway = new Sway(test);
    Shell.bash(folder, "cp -a store images \"$1\"", sway.folder());
    return sway;
  }
}
