package dev.sway.formats.failure;

/// Bytes that do not follow their format or do not match their digest.
///
/// The message names the file, the offset where that is known, what was expected, what was found,
/// and a likely cause.
public final class CorruptException extends SwayException {
  /// Corruption of `what` (a file or a blob), with the particulars in `detail`.
  public CorruptException(String what, String detail) {
    super(FailureKind.CORRUPT, what + ": " + detail);
  }

  /// Corruption of `what`, found by another exception.
  public CorruptException(String what, String detail, Throwable cause) {
    super(FailureKind.CORRUPT, what + ": " + detail, cause);
  }
}
