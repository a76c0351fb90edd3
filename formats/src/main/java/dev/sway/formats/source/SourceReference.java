package dev.sway.formats.source;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// `TRANSPORT:REF`, which names an image on this machine as skopeo does.
///
/// @param transport how to read it
/// @param path file or folder; `-` is the standard input
/// @param tag of one image among several, where given
public record SourceReference(Transport transport, String path, Optional<String> tag) {
  /// The kinds of sources.
  public enum Transport {
    DOCKER_ARCHIVE("docker-archive", "FILE[:NAME:TAG]"),
    OCI("oci", "DIR[:TAG]"),
    OCI_ARCHIVE("oci-archive", "FILE[:TAG]"),
    TAR("tar", "FILE"),
    ROOTFS("rootfs", "DIR");

    private final String word;
    private final String syntax;

    Transport(String word, String syntax) {
      this.word = word;
      this.syntax = syntax;
    }

    /// Whether a tag may follow behind a second colon.
    private boolean hasTags() {
      return this != TAR && this != ROOTFS;
    }

    /// Its name before the colon.
    public String word() {
      return word;
    }
  }

  /// What `--from` accepts, for help texts.
  public static String syntax() {
    return Arrays.stream(Transport.values())
        .map(transport -> transport.word + ":" + transport.syntax)
        .collect(Collectors.joining(", "));
  }

  /// Whether `text` begins with a transport, whatever follows.
  public static boolean isOne(String text) {
    return transport(word(text)).isPresent();
  }

  private static String word(String text) {
    int colon = text.indexOf(':');
    return colon < 0 ? text : text.substring(0, colon);
  }

  private static Optional<Transport> transport(String word) {
    return Arrays.stream(Transport.values())
        .filter(candidate -> candidate.word.equals(word))
        .findFirst();
  }

  /// Reads `TRANSPORT:REF`.
  ///
  /// @throws SwayException of kind `usage` where the transport is unknown or the reference empty
  public static SourceReference parse(String text) throws SwayException {
    int colon = text.indexOf(':');
    String word = word(text);
    Transport transport =
        transport(word)
            .orElseThrow(() ->
                new SwayException(
                    FailureKind.USAGE,
                    "'" + text + "' names no image source; use one of " + syntax()));
    String reference = colon < 0 ? "" : text.substring(colon + 1);
    if (reference.isEmpty() || (transport.hasTags() && reference.startsWith(":"))) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' names no file; use %s:%s".formatted(text, word, transport.syntax));
    }
    int second = transport.hasTags() ? reference.indexOf(':') : -1;
    return second < 0
        ? new SourceReference(transport, reference, Optional.empty())
        : new SourceReference(
            transport,
            reference.substring(0, second),
            Optional.of(reference.substring(second + 1)));
  }

  /// Opens the source as [#open(Path, InputStream, Optional)] does, for this machine's platform.
  public ImageSource open(Path work, InputStream standardInput) throws IOException {
    return open(work, standardInput, Optional.empty());
  }

  /// Opens the source. `work` is a folder for temporary files, which belongs to the caller.
  ///
  /// @param platform which image of a multi-platform one; this machine's where none is given
  /// @throws SwayException of kind `bad-archive` where what is there is not such an image, of kind
  ///   `not-found` where nothing is
  public ImageSource open(Path work, InputStream standardInput, Optional<Platform> platform)
      throws IOException {
    if (platform.isPresent() && transport != Transport.OCI && transport != Transport.OCI_ARCHIVE) {
      throw new SwayException(
          FailureKind.USAGE,
          "--platform chooses among the images of an oci:, oci-archive: or docker:// source, not of "
              + this);
    }
    if (transport == Transport.OCI) {
      return OciSource.openFolder(existing(path), tag, platform);
    }
    if (transport == Transport.ROOTFS) {
      return RootfsSource.open(existing(path));
    }
    Path file =
        path.equals("-")
            ? ArchiveFile.spool(standardInput, work, "the standard input")
            : existing(path);
    if (Files.isDirectory(file)) {
      throw new SwayException(
          FailureKind.BAD_ARCHIVE,
          file + " is a folder, not an archive; use oci:" + file + " if it is an OCI layout");
    }
    String name = path.equals("-") ? "standard input" : path;
    return switch (transport) {
      case DOCKER_ARCHIVE -> DockerArchiveSource.open(file, name, tag, work);
      case OCI_ARCHIVE -> OciSource.openArchive(file, name, tag, platform, work);
      case TAR -> TarSource.open(file, name);
      case OCI, ROOTFS -> throw new AssertionError("opened above");
    };
  }

  private static Path existing(String name) throws SwayException {
    Path path;
    try {
      path = Path.of(name);
    } catch (InvalidPathException e) {
      throw new SwayException(
          FailureKind.USAGE, "'" + name + "' cannot be a path here: " + e.getReason(), e);
    }
    if (!Files.exists(path)) {
      throw new SwayException(
          FailureKind.NOT_FOUND, path + " does not exist; check the path given to --from");
    }
    if (!Files.isReadable(path)) {
      throw new SwayException(FailureKind.STORAGE, path + " cannot be read; check its permissions");
    }
    return path;
  }

  @Override
  public String toString() {
    return transport.word + ":" + path + tag.map(name -> ":" + name).orElse("");
  }
}
