package dev.sway.swayctl.builder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.swayctl.export.CleanUp;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Builds Dockerfiles with the first of docker, buildah and podman that works.
public final class ImageBuild {
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(20);

  private final Map<String, String> environment;
  private final OutputStream output;
  private final Consumer<String> notices;

  /// @param environment of the user, handed on to the builder
  /// @param output gets what the builder writes
  /// @param notices is told, in one line each, what could not be tidied up
  public ImageBuild(
      Map<String, String> environment, OutputStream output, Consumer<String> notices) {
    this.environment = new HashMap<>(environment);
    // buildah's other isolations want a container network, and cgroups that not every machine
    // gives. A user's own choice wins.
    this.environment.putIfAbsent("BUILDAH_ISOLATION", "chroot");
    this.output = output;
    this.notices = notices;
  }

  private record Installed(ImageTool tool, String path) {
    List<String> call(List<String> words) {
      return Stream.concat(Stream.of(path), words.stream()).toList();
    }
  }

  /// Builds `dockerfile` and saves the image to the new file `archive` as `docker save` does. The
  /// builder's own copy is removed at the end of `cleanUp`.
  ///
  /// @throws SwayException of kind `builder` where no builder works, or it fails
  public void build(Dockerfile dockerfile, Path archive, CleanUp cleanUp) throws IOException {
    Installed builder = choose();
    String image = "localhost/sway-export-" + UUID.randomUUID();
    require(builder, builder.tool().build(dockerfile, image), cleanUp);
    cleanUp.defer(() -> remove(builder, image));
    require(builder, builder.tool().save(image, archive), cleanUp);
  }

  private Installed choose() throws IOException {
    List<String> broken = new ArrayList<>();
    for (ImageTool tool : ImageTool.values()) {
      Optional<Path> program = Programs.find(tool.program(), environment);
      if (program.isPresent()) {
        Installed installed = new Installed(tool, program.get().toString());
        ToolProcess.Outcome outcome =
            ToolProcess.start(installed.call(tool.info()), environment).awaitAtMost(PROBE_LIMIT);
        if (outcome.exitCode() == 0) {
          return installed;
        }
        broken.add(tool.program() + " (" + reason(outcome) + ")");
      }
    }
    throw new SwayException(
        FailureKind.BUILDER,
        (broken.isEmpty()
                ? "no docker, buildah or podman found"
                : "no builder works: " + String.join(", ", broken))
            + "; install one, for instance with 'apt install buildah', or export an archive with --from");
  }

  private void require(Installed builder, List<String> words, CleanUp cleanUp) throws IOException {
    ToolProcess process = ToolProcess.start(builder.call(words), environment);
    cleanUp.defer(process::end);
    ToolProcess.Outcome outcome = process.await(output);
    if (outcome.exitCode() != 0) {
      throw new SwayException(
          FailureKind.BUILDER,
          "'%s %s' failed: %s; correct the Dockerfile or the builder, its output is above"
              .formatted(builder.tool().program(), words.getFirst(), reason(outcome)));
    }
  }

  private void remove(Installed builder, String image) throws IOException {
    ToolProcess.Outcome outcome =
        ToolProcess.start(builder.call(builder.tool().remove(image)), environment)
            .await(OutputStream.nullOutputStream());
    if (outcome.exitCode() != 0) {
      notices.accept(
          "%s keeps the image %s: %s".formatted(builder.tool().program(), image, reason(outcome)));
    }
  }

  private static String reason(ToolProcess.Outcome outcome) {
    return outcome.lastLine().isEmpty()
        ? "exit code " + outcome.exitCode()
        : outcome.lastLine().replaceAll("^(Error|ERROR): |[;.]+$", "");
  }
}
