package dev.sway.formats.read;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestFormat;
import dev.sway.formats.manifest.ManifestReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/// An image whose metadata was fetched and verified, and whose bytes lie in a [BlobSource].
/// Thread-safe.
public final class StoredImage implements AutoCloseable {
  private final Digest digest;
  private final Manifest manifest;
  private final IndexReader index;
  private final BlobSource blobs;

  private StoredImage(Digest digest, Manifest manifest, IndexReader index, BlobSource blobs) {
    this.digest = digest;
    this.manifest = manifest;
    this.index = index;
    this.blobs = blobs;
  }

  /// Fetches manifest and index of an image, and opens it.
  ///
  /// @param digest of its manifest
  /// @param folder gets the index as a file, for the caller to delete after [#close]
  /// @throws CorruptException where something does not match its digest or format
  public static StoredImage open(BlobSource blobs, Digest digest, Path folder) throws IOException {
    Manifest manifest = manifest(blobs, digest);
    Path file = folder.resolve(digest.hex() + ".mdb");
    IndexFile.fetch(blobs, manifest.index(), file);
    return new StoredImage(digest, manifest, IndexFile.open(manifest, file), blobs);
  }

  /// Fetches the manifest with this digest.
  ///
  /// @throws CorruptException where what is there is not it
  public static Manifest manifest(BlobSource blobs, Digest digest) throws IOException {
    byte[] bytes;
    try (InputStream in = blobs.stream(digest)) {
      bytes = in.readNBytes(ManifestFormat.MAX_BYTES + 1);
    }
    return ManifestReader.read(bytes, digest);
  }

  /// Of the manifest; the image's identity.
  public Digest digest() {
    return digest;
  }

  /// What the image consists of.
  public Manifest manifest() {
    return manifest;
  }

  /// The image's tree, open until this is closed.
  public IndexReader index() {
    return index;
  }

  /// Chunks of the image, each fetched by a range request of its own.
  public ChunkReader chunks() {
    return new ChunkReader(index, blobs, 0);
  }

  /// Chunks of the image for who reads all of it in the order of the paths: neighbours are fetched
  /// together.
  public ChunkReader chunksAhead() {
    return new ChunkReader(index, blobs, ChunkReader.AHEAD);
  }

  @Override
  public void close() {
    index.close();
  }
}
