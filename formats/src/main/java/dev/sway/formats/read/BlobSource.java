package dev.sway.formats.read;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;

/// Where an image's blobs are read from: a blob server, or the folder of a store. What it gives is
/// not verified; who reads it knows the digests.
///
/// Implementations are thread-safe. Failures are [dev.sway.formats.failure.SwayException]s:
/// `not-found` where a blob is missing, `corrupt` where it is too short.
public interface BlobSource {
  /// Exactly `length` bytes of the blob `digest` from `offset` on.
  ///
  /// @param length at least 1
  byte[] range(Digest digest, long offset, int length) throws IOException;

  /// All bytes of the blob `digest`. The caller closes the stream.
  InputStream stream(Digest digest) throws IOException;
}
