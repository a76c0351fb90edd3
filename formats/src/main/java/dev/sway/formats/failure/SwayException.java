package dev.sway.formats.failure;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A failure that a user can act on. Its message is one line that says what went wrong, where, and
/// what to do.
///
/// Whatever reaches a terminal or an API's answer is one of these; any other exception there is a
/// fault of ours.
public class SwayException extends IOException {
  private final FailureKind kind;

  /// A failure of this kind, with a message of one line.
  public SwayException(FailureKind kind, String message) {
    this(kind, message, null);
  }

  /// A failure of this kind, caused by another exception, with a message of one line.
  public SwayException(FailureKind kind, String message, @Nullable Throwable cause) {
    super(message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse(""), cause);
    this.kind = kind;
  }

  /// The failure to write to the temporary file `path`: a disk that is full or fails.
  public static SwayException cannotWrite(Path path, IOException cause) {
    return new SwayException(
        FailureKind.STORAGE,
        "cannot write " + path + ": " + cause.getMessage() + "; make room, or set TMPDIR",
        cause);
  }

  public FailureKind kind() {
    return kind;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
