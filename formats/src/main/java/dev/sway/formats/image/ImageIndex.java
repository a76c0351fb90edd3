package dev.sway.formats.image;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.formats.manifest.Manifest.PackBlob;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/// The index that a manifest names: from its blob to a file, and from the file to a reader.
public final class ImageIndex {
  private static final int BUFFER = 1 << 16;

  private ImageIndex() {}

  /// Decompresses the file `blob` to the new file `plain`, which then is the LMDB file that
  /// `described` says; what is written before a failure is the caller's to delete.
  ///
  /// @throws CorruptException where the blob is not that index; no more than one buffer beyond the
  ///   size that the manifest says is written
  public static void decompress(IndexBlob described, Path blob, Path plain) throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    long size = 0;
    try (InputStream in = new ZstdInputStream(Files.newInputStream(blob));
        OutputStream out = Files.newOutputStream(plain)) {
      byte[] buffer = new byte[BUFFER];
      for (int count = in.read(buffer);
          count >= 0 && size <= described.contentSize();
          count = in.read(buffer)) {
        Digest.update(sha256, buffer, 0, count);
        out.write(buffer, 0, count);
        size += count;
      }
    } catch (ZstdIOException e) {
      throw new CorruptException("index " + described.digest(), "is not a zstd frame", e);
    }
    Digest actual = Digest.finish(sha256);
    if (size != described.contentSize() || !actual.equals(described.contentDigest())) {
      throw new CorruptException(
          "index " + described.digest(),
          "decompresses to %d bytes with the digest %s, the manifest says %d and %s"
              .formatted(size, actual, described.contentSize(), described.contentDigest()));
    }
  }

  /// Opens the LMDB file `plain`, whose digest was checked.
  ///
  /// @throws CorruptException where it is no index, or points into other packs than the manifest
  ///   names, or in another order
  public static IndexReader open(Manifest manifest, Path plain) throws IOException {
    IndexReader reader = IndexReader.open(plain);
    try {
      if (!namesPacksOf(manifest, reader)) {
        throw new CorruptException(
            "index " + manifest.index().digest(), "names other packs than its manifest");
      }
      return reader;
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private static boolean namesPacksOf(Manifest manifest, IndexReader reader) throws IOException {
    int packs = reader.counts().packs();
    return packs == manifest.packs().size()
        && reader.read(session -> {
          for (int i = 0; i < packs; i++) {
            PackReference inIndex = session.pack(i);
            PackBlob inManifest = manifest.packs().get(i);
            if (!inIndex.digest().equals(inManifest.digest())
                || inIndex.size() != inManifest.size()) {
              return false;
            }
          }
          return true;
        });
  }
}
