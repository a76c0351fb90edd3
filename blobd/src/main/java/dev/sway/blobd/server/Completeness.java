package dev.sway.blobd.server;

import dev.sway.blobd.store.BlobStore;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.manifest.ManifestFormat;
import dev.sway.formats.manifest.ManifestReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Whether an image is in a store as a whole, which it must be before a name may point at it.
///
/// @param blobs where it must be
record Completeness(BlobStore blobs) {
  /// Checks that the manifest is there and readable, and that every blob it names is there with the
  /// size it names; returns once all of it would survive a crash.
  ///
  /// @throws SwayException of kind `incomplete` that names the first blob missing, `corrupt` where
  ///   the manifest is none
  void check(Digest digest) throws IOException {
    Manifest manifest = manifest(digest);
    require(digest, manifest.index().digest(), manifest.index().size(), "index");
    for (PackBlob pack : manifest.packs()) {
      require(digest, pack.digest(), pack.size(), "pack");
    }
    List<Digest> all = new ArrayList<>(manifest.blobs());
    all.add(digest);
    blobs.settle(all);
  }

  /// The manifest that the blob `digest` is.
  ///
  /// @throws SwayException of kind `incomplete` where there is no such blob, `corrupt` where it is
  ///   no manifest
  Manifest manifest(Digest digest) throws IOException {
    long size = size(digest, "manifest");
    if (size > ManifestFormat.MAX_BYTES) {
      throw new SwayException(
          FailureKind.CORRUPT, "blob %s has %d bytes and is no manifest".formatted(digest, size));
    }
    byte[] bytes;
    try (InputStream in = blobs.read(digest, 0, size)) {
      bytes = in.readAllBytes();
    }
    return ManifestReader.read(bytes, digest);
  }

  private void require(Digest manifest, Digest digest, long expected, String what)
      throws IOException {
    long size = size(digest, what);
    if (size != expected) {
      throw new SwayException(
          FailureKind.INCOMPLETE,
          "%s %s has %d bytes, but the manifest %s says %d; export the image again"
              .formatted(what, digest, size, manifest, expected));
    }
  }

  private long size(Digest digest, String what) throws IOException {
    OptionalLong size = blobs.size(digest);
    return size.orElseThrow(() ->
        new SwayException(
            FailureKind.INCOMPLETE,
            "%s %s is not here; upload it before the name".formatted(what, digest)));
  }
}
