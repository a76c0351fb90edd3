package dev.sway.swayctl.builder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// A Dockerfile and the folder it is in, which is its build context.
///
/// @param folder the build context
/// @param file in it
public record Dockerfile(Path folder, Path file) {
  /// The `Dockerfile` in `folder`, else its `Containerfile`.
  ///
  /// @throws SwayException of kind `no-dockerfile` where there is neither
  public static Dockerfile in(Path folder) throws SwayException {
    if (!Files.isDirectory(folder)) {
      throw new SwayException(
          FailureKind.NO_DOCKERFILE,
          folder
              + (Files.exists(folder) ? " is not a folder" : " does not exist")
              + "; give the folder with the Dockerfile");
    }
    Path file =
        Stream.of("Dockerfile", "Containerfile")
            .map(folder::resolve)
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(() ->
                new SwayException(
                    FailureKind.NO_DOCKERFILE,
                    "no Dockerfile in "
                        + folder
                        + "; write one, give its folder, or export an archive with --from"));
    if (!Files.isReadable(file)) {
      throw new SwayException(
          FailureKind.NO_DOCKERFILE, file + " cannot be read; check its permissions");
    }
    return new Dockerfile(folder, file);
  }
}
