package dev.sway.swayctl.builder;

import java.nio.file.Path;
import java.util.List;

/// A program that builds images, and how it is called. All of them take `info`, `build` and `rmi`.
/// The first one that works is used: buildah before podman, which builds with a copy of it on the
/// same storage, but needs what containers run with as well.
enum ImageTool {
  DOCKER("docker"),
  BUILDAH("buildah"),
  PODMAN("podman");

  private final String program;

  ImageTool(String program) {
    this.program = program;
  }

  String program() {
    return program;
  }

  /// Succeeds where the tool works: a client without its daemon does not.
  List<String> info() {
    return List.of("info");
  }

  List<String> build(Dockerfile dockerfile, String image) {
    return List.of(
        "build", "-t", image, "-f", dockerfile.file().toString(), dockerfile.folder().toString());
  }

  /// Writes `image` to a new `file` as `docker save` does.
  List<String> save(String image, Path file) {
    return switch (this) {
      case DOCKER -> List.of("save", "-o", file.toString(), image);
      case PODMAN -> List.of("save", "--format", "docker-archive", "-o", file.toString(), image);
      case BUILDAH -> List.of("push", image, "docker-archive:" + file);
    };
  }

  List<String> remove(String image) {
    return List.of("rmi", image);
  }
}
