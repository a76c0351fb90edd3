package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.TreeSet;

/// A store in a directory of the local file system, laid out as [StoreLayout] says.
///
/// A blob is written beside its place while its digest is computed, made durable (`fsync`),
/// renamed, and its folder made durable, in this order: a crash at any moment leaves the blob as a
/// whole or not at all, and at most a file in `tmp`, which the next start removes.
///
/// Thread-safe. One process uses a directory at a time. [#close()] is idempotent.
public final class DirectoryStore implements BlobStore, AutoCloseable {
  private static final int BUFFER_BYTES = 128 << 10;

  private final StoreLayout layout;
  private final NameStore names;
  private final ProfileStore profiles;
  private final StateLock lock;

  private DirectoryStore(StoreLayout layout, StateLock lock) {
    this.layout = layout;
    this.lock = lock;
    names = new DirectoryNames(layout);
    profiles = new DirectoryProfiles(layout);
  }

  /// Opens the store in `directory`, which is created where it is missing, and removes what an
  /// earlier process left half-written.
  ///
  /// @throws SwayException of kind `in-use` where another process has it open, `storage` where it
  ///   cannot be written
  public static DirectoryStore open(Path directory) throws IOException {
    StateLock lock = StateLock.acquire(directory);
    try {
      return new DirectoryStore(prepare(new StoreLayout(directory.toRealPath())), lock);
    } catch (IOException e) {
      try (lock) {
        throw Failures.storage(directory, e);
      }
    }
  }

  private static StoreLayout prepare(StoreLayout layout) throws IOException {
    Files.createDirectories(layout.blobs());
    Files.createDirectories(layout.names());
    Files.createDirectories(layout.profiles());
    Files.createDirectories(layout.temporary());
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(layout.temporary())) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
    PendingFile.sync(PendingFile.folder(layout.blobs()));
    PendingFile.sync(layout.root());
    return layout;
  }

  /// The names in this store.
  public NameStore names() {
    return names;
  }

  /// The profiles in this store.
  public ProfileStore profiles() {
    return profiles;
  }

  @Override
  public OptionalLong size(Digest digest) throws IOException {
    Path file = layout.blob(digest);
    if (!Files.exists(file)) {
      // Asked first, because an exception for each of 65,537 missing blobs takes seconds.
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Files.size(file));
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  @Override
  public InputStream read(Digest digest, long offset, long length) throws IOException {
    Path file = layout.blob(digest);
    try {
      return new FileRange(file, offset, length);
    } catch (NoSuchFileException e) {
      throw new SwayException(FailureKind.NOT_FOUND, "there is no blob " + digest, e);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  @Override
  public boolean put(Digest digest, InputStream content, long limit) throws IOException {
    Path target = layout.blob(digest);
    if (Files.exists(target)) {
      copy(digest, content, limit, (_, _) -> {});
      // The upload that brought it may not have made its name durable yet.
      PendingFile.sync(PendingFile.folder(target));
      return false;
    }
    try (PendingFile file = PendingFile.create(layout.newTemporary())) {
      copy(digest, content, limit, (bytes, length) -> file.write(bytes, 0, length));
      file.publish(target);
    }
    return true;
  }

  @FunctionalInterface
  private interface Sink {
    void write(byte[] bytes, int length) throws IOException;
  }

  private static void copy(Digest digest, InputStream content, long limit, Sink sink)
      throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    long total = 0;
    for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
      total += count;
      if (total > limit) {
        throw new SwayException(
            FailureKind.USAGE, "blob %s is longer than %d bytes".formatted(digest, limit));
      }
      Digest.update(sha256, buffer, 0, count);
      sink.write(buffer, count);
    }
    Digest actual = Digest.finish(sha256);
    if (!actual.equals(digest)) {
      throw new CorruptException(
          "blob " + digest,
          "the %d bytes received have the digest %s; changed or cut off on their way?"
              .formatted(total, actual));
    }
  }

  @Override
  public void settle(Collection<Digest> digests) throws IOException {
    TreeSet<Path> folders = new TreeSet<>();
    digests.forEach(digest -> folders.add(PendingFile.folder(layout.blob(digest))));
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        PendingFile.sync(folder);
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  @Override
  public String toString() {
    return layout.root().toString();
  }
}
