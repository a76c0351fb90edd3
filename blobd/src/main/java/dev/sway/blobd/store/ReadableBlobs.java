package dev.sway.blobd.store;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;

/// Immutable bytes, named by their SHA-256, that can be read. Implementations are thread-safe.
public interface ReadableBlobs {
  /// The size of a blob in bytes, or empty where it is not there.
  OptionalLong size(Digest digest) throws IOException;

  /// A stream of the `length` bytes from `offset` on, which lie inside the blob. The caller closes
  /// it. Reads throw a [CorruptException] where the stored bytes end too early.
  ///
  /// @throws SwayException of kind `not-found` where the blob is not there
  InputStream read(Digest digest, long offset, long length) throws IOException;
}
