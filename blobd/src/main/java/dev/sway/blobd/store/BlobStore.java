package dev.sway.blobd.store;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;

/// Immutable blobs, named by the SHA-256 of their bytes. A blob is there as a whole or not at all.
///
/// Implementations are thread-safe. Where the medium fails, they throw a [SwayException] of kind
/// `storage` that names the file or object.
public interface BlobStore extends ReadableBlobs {
  /// Stores `content`, which must have this digest, and returns once it would survive a crash.
  /// Storing a blob that is there already checks the digest and changes nothing, unless the copy
  /// that is there is damaged, which is then replaced; several may store the same one at once.
  /// Whatever is thrown, also by `content`, nothing is left behind.
  ///
  /// @param content read to its end, not closed
  /// @param limit the greatest size in bytes
  /// @return whether the blob was written
  /// @throws CorruptException where the content has another digest
  /// @throws SwayException of kind `usage` where the content is longer than `limit`
  boolean put(Digest digest, InputStream content, long limit) throws IOException;

  /// Returns once all of these blobs that are there would survive a crash, also those whose own
  /// [#put] has not returned yet.
  void settle(Collection<Digest> digests) throws IOException;
}
