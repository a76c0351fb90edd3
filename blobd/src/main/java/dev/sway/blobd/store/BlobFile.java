package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.OptionalLong;

/// Where a blob is, or will be: in a file that is there as a whole or not at all.
///
/// A blob is written beside its place while its digest is computed, made durable (`fsync`),
/// renamed, and its folder made durable, in this order: a crash at any moment leaves the blob as a
/// whole or not at all, and at most a temporary file.
///
/// @param digest of the blob
/// @param file its place
record BlobFile(Digest digest, Path file) {
  private static final System.Logger LOG = System.getLogger(BlobFile.class.getName());

  private static final int BUFFER_BYTES = 128 << 10;

  /// As [ReadableBlobs#size].
  OptionalLong size() throws SwayException {
    if (!Files.exists(file)) {
      // Asked first, because an exception for each of 65,537 missing blobs takes seconds.
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Files.size(file));
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  /// As [ReadableBlobs#read].
  InputStream read(long offset, long length) throws SwayException {
    try {
      return new FileRange(file, offset, length);
    } catch (NoSuchFileException e) {
      throw new SwayException(FailureKind.NOT_FOUND, "there is no blob " + digest, e);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  /// As [BlobStore#put].
  ///
  /// @param temporary a file that is not there, on the same file system
  boolean put(InputStream content, long limit, Path temporary) throws IOException {
    if (isIntact()) {
      copy(content, limit, (_, _) -> {});
      // The upload that brought it may not have made its name durable yet.
      PendingFile.sync(PendingFile.folder(file));
      return false;
    }
    try (PendingFile pending = PendingFile.create(temporary)) {
      copy(content, limit, (bytes, length) -> pending.write(bytes, 0, length));
      pending.publish(file);
    }
    return true;
  }

  /// Whether it is there, and what it should be. Where a disk has changed it, another upload mends
  /// it: nothing else ever would.
  private boolean isIntact() {
    if (!Files.exists(file)) {
      return false;
    }
    try (InputStream stored = read(0, Files.size(file))) {
      copy(stored, Long.MAX_VALUE, (_, _) -> {});
      return true;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING, "{0} is damaged and is replaced: {1}", file, e.getMessage());
      return false;
    }
  }

  @FunctionalInterface
  private interface Sink {
    void write(byte[] bytes, int length) throws IOException;
  }

  private void copy(InputStream content, long limit, Sink sink) throws IOException {
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
}
