package dev.sway.formats.layer;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Optional;

/// Checks the bytes of a layer against the digests that its image gives them.
final class LayerDigest {
  private static final int BUFFER = 1 << 18;

  private LayerDigest() {}

  /// The digest of an uncompressed layer, which is that of its blob too.
  ///
  /// @throws BadArchiveException where it is another than the image says
  static Digest ofBytes(LayerBlob layer) throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    byte[] buffer = new byte[BUFFER];
    long left = layer.size();
    while (left > 0 && !Thread.currentThread().isInterrupted()) {
      int count = (int) Math.min(buffer.length, left);
      layer.file().read(layer.offset() + layer.size() - left, buffer, 0, count);
      Digest.update(sha256, buffer, 0, count);
      left -= count;
    }
    Digest digest = Digest.finish(sha256);
    check(layer, "bytes", layer.blobDigest(), digest);
    check(layer, "bytes", layer.diffId(), digest);
    return digest;
  }

  /// @param what of the layer was hashed, for the error
  static void check(LayerBlob layer, String what, Optional<Digest> expected, Digest actual)
      throws BadArchiveException {
    if (expected.isPresent() && !expected.get().equals(actual)) {
      throw new BadArchiveException(
          layer.name(),
          "its %s have the digest %s, but the image says %s; the archive is damaged, make it again"
              .formatted(what, actual, expected.get()));
    }
  }
}
