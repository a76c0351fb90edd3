package dev.sway.lazyfsd.image;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.formats.manifest.ManifestReader;
import dev.sway.formats.read.IndexFile;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.stream.Stream;

/// Manifests and indexes on this machine, each fetched from blobd once, verified, and kept:
/// `FOLDER/DIGEST.json` and `FOLDER/DIGEST.mdb`.
///
/// A file gets its name when it is complete and on the disk, and its digest is checked again
/// whenever it is opened: LMDB trusts its file, and a flipped bit there could end the process.
/// Thread-safe, except that one image is opened by one thread at a time.
public final class ImageStore {
  private static final String PARTIAL = ".partial";
  private static final int BUFFER = 1 << 16;

  private final Path folder;
  private final BlobClient client;

  /// @param folder created where it is missing; used by this store alone
  /// @param client stays the caller's to close
  public ImageStore(Path folder, BlobClient client) throws IOException {
    this.folder = PrivateFolder.open(folder);
    this.client = client;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(PARTIAL)).toList()) {
        Files.delete(file);
      }
    }
  }

  /// Opens the image whose manifest has this digest, after fetching what is missing of its
  /// metadata.
  ///
  /// @throws CorruptException where what blobd sends, or what is on disk, does not match its digest
  ///   or format
  public LocalImage open(Digest digest) throws IOException {
    Manifest manifest = manifest(digest);
    Path index = folder.resolve(digest.hex() + ".mdb");
    if (!isIntact(index, manifest.index())) {
      fetchIndex(manifest.index(), index);
    }
    return new LocalImage(digest, manifest, IndexFile.open(manifest, index));
  }

  private Manifest manifest(Digest digest) throws IOException {
    Path path = folder.resolve(digest.hex() + ".json");
    try {
      return ManifestReader.read(Files.readAllBytes(path), digest);
    } catch (NoSuchFileException | CorruptException e) {
      // Not here yet, or damaged on disk: blobd has it.
      byte[] bytes = client.manifestBytes(digest);
      Manifest manifest = ManifestReader.read(bytes, digest);
      Path partial = partial(path);
      try {
        Files.write(partial, bytes);
        publish(partial, path);
      } finally {
        Files.deleteIfExists(partial);
      }
      return manifest;
    }
  }

  private static boolean isIntact(Path index, IndexBlob blob) throws IOException {
    if (!Files.exists(index) || Files.size(index) != blob.contentSize()) {
      return false;
    }
    MessageDigest sha256 = Digest.newSha256();
    try (InputStream in = Files.newInputStream(index)) {
      byte[] buffer = new byte[BUFFER];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        Digest.update(sha256, buffer, 0, count);
      }
    }
    return Digest.finish(sha256).equals(blob.contentDigest());
  }

  private void fetchIndex(IndexBlob blob, Path target) throws IOException {
    Path partial = partial(target);
    try {
      Files.deleteIfExists(partial);
      IndexFile.fetch(client, blob, partial);
      publish(partial, target);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static Path partial(Path path) {
    return path.resolveSibling(path.getFileName() + PARTIAL);
  }

  private static void publish(Path partial, Path target) throws IOException {
    try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel parent =
        FileChannel.open(target.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      parent.force(true);
    }
  }
}
