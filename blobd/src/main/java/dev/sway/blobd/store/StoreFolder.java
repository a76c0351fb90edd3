package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// The directory of a store, read beside the blobd that may be using it: blobs never change, and
/// names change atomically. Nothing is written, no lock is taken. Thread-safe.
public final class StoreFolder {
  private final StoreLayout layout;
  private final NameStore names;

  private StoreFolder(StoreLayout layout) {
    this.layout = layout;
    names = new DirectoryNames(layout);
  }

  /// Takes the digests of a store's blobs.
  @FunctionalInterface
  public interface Visitor {
    /// Takes the digest that a file's name says.
    void blob(Digest digest) throws IOException;
  }

  /// The store in `directory`.
  ///
  /// @throws SwayException of kind `usage` where there is none
  public static StoreFolder open(Path directory) throws SwayException {
    StoreLayout layout = new StoreLayout(directory);
    if (!Files.isDirectory(layout.blobs()) || !Files.isDirectory(layout.names())) {
      throw new SwayException(
          FailureKind.USAGE,
          directory + " is not the directory of a store; give the one of 'blobd serve --store'");
    }
    return new StoreFolder(layout);
  }

  /// What `name` points at.
  public Optional<StoredName> find(ImageName name) throws IOException {
    return names.find(name);
  }

  /// Every name, sorted.
  public List<StoredName> names() throws IOException {
    return names.list();
  }

  /// All bytes of a blob, unverified.
  ///
  /// @throws SwayException of kind `not-found` where it is not there
  public InputStream stream(Digest digest) throws IOException {
    Path file = layout.blob(digest);
    try {
      return new FileRange(file, 0, Files.size(file));
    } catch (IOException e) {
      throw failure(digest, file, e);
    }
  }

  /// Exactly `length` bytes of a blob from `offset` on, unverified.
  ///
  /// @throws SwayException of kind `not-found` where it is not there, `corrupt` where it is too
  ///   short
  public byte[] range(Digest digest, long offset, int length) throws IOException {
    Path file = layout.blob(digest);
    try (InputStream in = new FileRange(file, offset, length)) {
      return in.readNBytes(length);
    } catch (IOException e) {
      throw failure(digest, file, e);
    }
  }

  private static SwayException failure(Digest digest, Path file, IOException thrown) {
    return thrown instanceof NoSuchFileException
        ? new SwayException(FailureKind.NOT_FOUND, "there is no blob " + digest, thrown)
        : Failures.storage(file, thrown);
  }

  /// Shows every blob by the digest that its name says; other files are passed over.
  public void blobs(Visitor visitor) throws IOException {
    try (DirectoryStream<Path> folders =
        Files.newDirectoryStream(layout.blobs(), Files::isDirectory)) {
      for (Path folder : folders) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
          for (Path file : files) {
            Optional<Digest> digest =
                Digest.parse("sha256:" + file.getFileName())
                    .filter(found -> layout.blob(found).equals(file));
            if (digest.isPresent()) {
              visitor.blob(digest.get());
            }
          }
        }
      }
    } catch (DirectoryIteratorException e) {
      throw Failures.storage(layout.blobs(), Objects.requireNonNull(e.getCause()));
    }
  }
}
