package dev.sway.formats.read;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;

/// Something that is wrong with an image.
///
/// @param blob the manifest, index, pack or other blob that it was found in
/// @param what one line: which blob, where in it, what was expected and what is there
public record Problem(Digest blob, String what) {
  /// Takes a failure for what is wrong with a blob, if it is that.
  ///
  /// @param name of the blob, for a failure that does not name it
  /// @throws SwayException the failure, where it says nothing of the blob
  static Problem of(Digest blob, String name, SwayException failure) throws SwayException {
    return switch (failure.kind()) {
      case CORRUPT, NOT_FOUND, UNSUPPORTED_VERSION, STORAGE, USAGE -> {
        String message = failure.getMessage();
        yield new Problem(blob, message.contains(blob.hex()) ? message : name + ": " + message);
      }
      default -> throw failure;
    };
  }
}
