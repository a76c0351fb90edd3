package dev.sway.blobd.cli;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/// Turns any exception into a failure that a user can act on.
public final class Failures {
  private Failures() {}

  /// The failure that `thrown` is: itself where it is one already, of kind `storage` where a file
  /// system refused something, `internal` for the rest.
  public static SwayException of(Throwable thrown) {
    return switch (thrown) {
      case SwayException failure -> failure;
      case FileSystemException refused ->
          new SwayException(
              FailureKind.STORAGE,
              Stream.of(refused.getFile(), refused.getOtherFile())
                      .filter(Objects::nonNull)
                      .findFirst()
                      .orElse("a file")
                  + ": "
                  + reason(refused),
              refused);
      case UncheckedIOException wrapper -> of(Objects.requireNonNull(wrapper.getCause()));
      case IOException io when isDisk(io) ->
          new SwayException(FailureKind.STORAGE, "the disk fails: " + io.getMessage(), io);
      default ->
          new SwayException(
              FailureKind.INTERNAL,
              "internal fault: "
                  + thrown.getClass().getSimpleName()
                  + (thrown.getMessage() == null ? "" : ": " + thrown.getMessage())
                  + "; set SWAY_DEBUG=1 to see where",
              thrown);
    };
  }

  /// The failure to read, write or publish `file`, always of kind `storage`.
  public static SwayException storage(Path file, IOException thrown) {
    if (thrown instanceof SwayException failure) {
      return failure;
    }
    String why =
        thrown instanceof FileSystemException refused
            ? reason(refused)
            : Objects.requireNonNullElse(thrown.getMessage(), thrown.getClass().getSimpleName());
    return new SwayException(FailureKind.STORAGE, file + ": " + why, thrown);
  }

  /// The failure to write one of the user's streams, of kind `storage`.
  ///
  /// @param stream `the standard output`, say
  public static SwayException unwritable(String stream, IOException thrown) {
    return new SwayException(
        FailureKind.STORAGE,
        "%s cannot be written: %s; send it somewhere else".formatted(stream, thrown.getMessage()),
        thrown);
  }

  /// Whether a stream could not be written because nobody reads it any more.
  public static boolean isBrokenPipe(IOException thrown) {
    return String.valueOf(thrown.getMessage()).contains("Broken pipe");
  }

  private static String reason(FileSystemException refused) {
    return switch (refused) {
      case NoSuchFileException _ -> "no such file or directory";
      case AccessDeniedException _ -> "permission denied; check its owner and mode";
      case FileAlreadyExistsException _ -> "exists and is not what is needed there";
      case NotDirectoryException _ -> "is not a directory";
      case DirectoryNotEmptyException _ -> "the directory is not empty";
      case FileSystemLoopException _ -> "too many symbolic links";
      default ->
          Objects.requireNonNullElse(
              refused.getReason(), refused.getClass().getSimpleName().replace("Exception", ""));
    };
  }

  private static boolean isDisk(IOException io) {
    String message = String.valueOf(io.getMessage());
    return Stream.of(
            "No space left on device",
            "Disk quota exceeded",
            "Input/output error",
            "Read-only file system",
            "Structure needs cleaning")
        .anyMatch(message::contains);
  }
}
