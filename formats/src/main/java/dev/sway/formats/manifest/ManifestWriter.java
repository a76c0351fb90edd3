package dev.sway.formats.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;

/// Writes manifests as [ManifestFormat] says.
public final class ManifestWriter {
  private ManifestWriter() {}

  /// The canonical bytes of `manifest`; their SHA-256 is the image's identity.
  public static byte[] write(Manifest manifest) {
    try {
      return ManifestFormat.JSON.writeValueAsBytes(manifest);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest consists of strings, integers and digests", e);
    }
  }
}
