package dev.sway.formats.read;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.IndexFormat;
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
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/// The index of an image, on its way from a source into a file and from there to a reader.
public final class IndexFile {
  private static final int BUFFER = 1 << 16;

  private IndexFile() {}

  /// Writes the index to the new file `target`, both its digests checked. Decompression is bounded
  /// by the content's size, and its memory by [IndexFormat#MAX_WINDOW_LOG].
  ///
  /// @throws CorruptException where what is there differs from what the manifest says
  public static void fetch(BlobSource blobs, IndexBlob index, Path target) throws IOException {
    String name = "index " + index.digest();
    try (HashedBlob blob =
            new HashedBlob(blobs.stream(index.digest()), index.digest(), index.size(), name);
        ZstdInputStream content = new ZstdInputStream(blob)) {
      content.setLongMax(IndexFormat.MAX_WINDOW_LOG);
      try {
        decompress(content, index, target, name);
      } catch (CorruptException e) {
        // Where the compressed bytes are other ones already, that is what is wrong.
        blob.finish();
        throw e;
      }
      blob.finish();
    }
  }

  private static void decompress(InputStream in, IndexBlob index, Path target, String name)
      throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    long size = 0;
    try (OutputStream out =
        Files.newOutputStream(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      byte[] buffer = new byte[BUFFER];
      for (int count = in.read(buffer);
          count >= 0 && size <= index.contentSize();
          count = in.read(buffer)) {
        Digest.update(sha256, buffer, 0, count);
        out.write(buffer, 0, count);
        size += count;
      }
    } catch (ZstdIOException e) {
      throw new CorruptException(name, "cannot be decompressed: " + e.getMessage(), e);
    }
    Digest actual = Digest.finish(sha256);
    if (size != index.contentSize() || !actual.equals(index.contentDigest())) {
      throw new CorruptException(
          name,
          "decompresses to %d bytes with the digest %s, the manifest says %d and %s"
              .formatted(size, actual, index.contentSize(), index.contentDigest()));
    }
  }

  /// Opens the index in `file`, whose digest was checked.
  ///
  /// @throws CorruptException where it is no index, or points into other packs than `manifest`
  ///   names
  public static IndexReader open(Manifest manifest, Path file) throws IOException {
    IndexReader reader = IndexReader.open(file);
    try {
      checkPacks(manifest, reader);
      return reader;
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  /// Checks that the index counts the packs that the manifest names, in the same order.
  static void checkPacks(Manifest manifest, IndexReader reader) throws IOException {
    String name = "index " + manifest.index().digest();
    int packs = reader.counts().packs();
    if (packs != manifest.packs().size()) {
      throw new CorruptException(
          name, "has %d packs, its manifest %d".formatted(packs, manifest.packs().size()));
    }
    reader.read(session -> {
      for (int i = 0; i < packs; i++) {
        PackReference inIndex = session.pack(i);
        PackBlob inManifest = manifest.packs().get(i);
        if (!inIndex.digest().equals(inManifest.digest()) || inIndex.size() != inManifest.size()) {
          throw new CorruptException(
              name,
              "its pack %d is %s of %d bytes, in the manifest %s of %d"
                  .formatted(
                      i, inIndex.digest(), inIndex.size(), inManifest.digest(), inManifest.size()));
        }
      }
      return true;
    });
  }
}
