package dev.sway.formats.layer;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.util.Optional;

/// The tar of one layer, possibly compressed, inside a file.
///
/// @param name for errors and progress
/// @param file that holds it
/// @param offset of its first byte in the file
/// @param size of it in bytes, compressed
/// @param blobDigest what its bytes must hash to as they are, where the source says
/// @param diffId what its bytes must hash to once decompressed, where the source says
public record LayerBlob(
    String name,
    ContentFile file,
    long offset,
    long size,
    Optional<Digest> blobDigest,
    Optional<Digest> diffId)
    implements LayerSource {
  /// Whether the source says what its bytes must hash to.
  boolean hasDigest() {
    return blobDigest.isPresent() || diffId.isPresent();
  }

  @Override
  public Layer read(LayerReader reader) throws IOException {
    return reader.read(this);
  }
}
