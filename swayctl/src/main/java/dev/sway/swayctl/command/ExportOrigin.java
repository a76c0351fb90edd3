package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.source.ImageSource;
import dev.sway.formats.source.Platform;
import dev.sway.formats.source.SourceReference;
import dev.sway.formats.source.SourceReference.Transport;
import dev.sway.swayctl.builder.Dockerfile;
import dev.sway.swayctl.builder.ImageBuild;
import dev.sway.swayctl.builder.RegistryPull;
import dev.sway.swayctl.builder.RegistryReference;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.export.Origin;
import dev.sway.swayctl.export.ProgressLines;
import dev.sway.swayctl.export.ReferenceOrigin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where `swayctl export` has an image from, as its options say.
///
/// @param origin opens it
/// @param usual makes the name that it has where the user gives none
record ExportOrigin(Origin origin, Naming usual) {
  /// Makes a name.
  @FunctionalInterface
  interface Naming {
    ImageName name() throws SwayException;
  }

  /// The name that the image has where the user gives none.
  ///
  /// @throws SwayException of kind `usage` where no name can be made of where it is from
  ImageName name() throws SwayException {
    return usual.name();
  }

  /// Chooses among the places that an image may come from.
  ///
  /// @param surroundings of the user
  /// @param progress is told what takes long
  /// @param cleanUp ends what is left of builds and pulls
  record Choice(Surroundings surroundings, ProgressLines progress, CleanUp cleanUp) {
    /// The place that the options say.
    ///
    /// @param from what `--from` says; empty for the Dockerfile in `folder`
    /// @param platform what `--platform` says
    /// @throws SwayException of kind `usage` where that makes no sense, `not-found` where there is
    ///   no Dockerfile
    ExportOrigin of(Optional<String> from, Optional<Platform> platform, Path folder)
        throws IOException {
      if (from.isEmpty()) {
        if (platform.isPresent()) {
          throw new SwayException(
              FailureKind.USAGE,
              "--platform chooses what --from names; a Dockerfile is built for this machine");
        }
        Dockerfile dockerfile = Dockerfile.in(folder);
        return new ExportOrigin(
            scratch -> build(dockerfile, scratch), () -> ImageName.forFolder(fileName(folder)));
      }
      if (RegistryReference.isOne(from.get())) {
        RegistryReference reference = RegistryReference.parse(from.get());
        return new ExportOrigin(
            scratch -> pull(reference, platform, scratch),
            () -> ImageName.forFolder(reference.shortName()));
      }
      if (!SourceReference.isOne(from.get())) {
        throw new SwayException(
            FailureKind.USAGE,
            "'%s' names no image source; use one of %s, %s"
                .formatted(from.get(), SourceReference.syntax(), RegistryReference.SYNTAX));
      }
      SourceReference reference = local(SourceReference.parse(from.get()));
      return new ExportOrigin(
          new ReferenceOrigin(reference, platform, surroundings.in()), () -> nameOf(reference));
    }

    private ImageSource build(Dockerfile dockerfile, Path scratch) throws IOException {
      Path archive = scratch.resolve("built.tar");
      new ImageBuild(surroundings.environment(), surroundings.err(), progress::notice)
          .build(dockerfile, archive, cleanUp);
      return new SourceReference(Transport.DOCKER_ARCHIVE, archive.toString(), Optional.empty())
          .open(scratch, surroundings.in());
    }

    private ImageSource pull(RegistryReference reference, Optional<Platform> platform, Path scratch)
        throws IOException {
      progress.notice("pulling " + reference);
      Path layout = scratch.resolve("pulled");
      new RegistryPull(surroundings.environment())
          .pull(reference, platform, layout, scratch, cleanUp);
      return new SourceReference(Transport.OCI, layout.toString(), Optional.of(RegistryPull.TAG))
          .open(scratch, surroundings.in(), platform);
    }

    private SourceReference local(SourceReference reference) {
      return reference.path().equals("-")
          ? reference
          : new SourceReference(
              reference.transport(),
              surroundings.folder().resolve(reference.path()).toString(),
              reference.tag());
    }
  }

  private static ImageName nameOf(SourceReference reference) throws SwayException {
    if (reference.path().equals("-")) {
      throw new SwayException(
          FailureKind.USAGE, "the standard input has no name; give the image one with --name");
    }
    return ImageName.forFolder(
        fileName(Path.of(reference.path())).replaceAll("(\\.tar)?(\\.(gz|zst|xz|bz2))?$", ""));
  }

  private static String fileName(Path path) {
    return path.getFileName() == null ? "" : path.getFileName().toString();
  }
}
