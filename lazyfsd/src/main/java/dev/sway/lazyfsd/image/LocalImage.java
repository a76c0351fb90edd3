package dev.sway.lazyfsd.image;

import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.manifest.Manifest;

/// An image whose metadata is on this machine: it can be mounted, though none of its bytes are
/// here.
///
/// @param digest of the manifest, the image's identity
/// @param manifest what it consists of
/// @param index its tree, open
public record LocalImage(Digest digest, Manifest manifest, IndexReader index)
    implements AutoCloseable {
  @Override
  public void close() {
    index.close();
  }
}
