package dev.sway.formats.failure;

/// An image archive that is truncated, malformed or hostile. The message names the archive, the
/// place and the remedy.
public final class BadArchiveException extends SwayException {
  /// A fault in `archive`, a file or a layer of one.
  public BadArchiveException(String archive, String detail) {
    super(FailureKind.BAD_ARCHIVE, archive + ": " + detail);
  }

  /// A fault in `archive` that another exception found.
  public BadArchiveException(String archive, String detail, Throwable cause) {
    super(FailureKind.BAD_ARCHIVE, archive + ": " + detail, cause);
  }
}
