package dev.sway.formats.failure;

/// A well-formed file of a version this program does not read: older than its oldest, or newer than
/// its newest.
public final class UnsupportedVersionException extends SwayException {
  private UnsupportedVersionException(String message) {
    super(FailureKind.UNSUPPORTED_VERSION, message);
  }

  /// Checks the version of a part of an image against the range that this program reads.
  ///
  /// @throws UnsupportedVersionException where `version` lies outside `oldest..newest`
  public static void check(String what, long version, int oldest, int newest)
      throws UnsupportedVersionException {
    check(what, version, oldest, newest, "export the image again");
  }

  /// Checks a version against the range that this program reads.
  ///
  /// @param remedy for a version that is too old
  /// @throws UnsupportedVersionException where `version` lies outside `oldest..newest`
  public static void check(String what, long version, int oldest, int newest, String remedy)
      throws UnsupportedVersionException {
    if (version < oldest) {
      throw new UnsupportedVersionException(
          "%s: format version %d is too old, this program reads %d to %d; %s"
              .formatted(what, version, oldest, newest, remedy));
    }
    if (version > newest) {
      throw new UnsupportedVersionException(
          "%s: format version %d is too new, this program reads %d to %d; upgrade sway on this machine"
              .formatted(what, version, oldest, newest));
    }
  }
}
