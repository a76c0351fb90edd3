package dev.sway.formats.image;

import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestWriter;
import java.nio.file.Path;
import java.util.Map;

/// An image, built and complete, whose blobs wait to be pushed.
///
/// @param manifest names every blob
/// @param blobs the file of each blob that the manifest names, but for packs of known chunks
/// @param report what is new in it, and what is not
public record BuiltImage(Manifest manifest, Map<Digest, Path> blobs, BuildReport report) {
  public BuiltImage {
    blobs = Map.copyOf(blobs);
  }

  /// The manifest's canonical bytes.
  public byte[] manifestBytes() {
    return ManifestWriter.write(manifest);
  }
}
