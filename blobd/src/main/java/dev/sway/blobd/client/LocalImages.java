package dev.sway.blobd.client;

import dev.sway.blobd.store.StoreFolder;
import dev.sway.blobd.store.StoredName;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/// The images in the directory of a store on this machine, without a server. Reads only.
/// Thread-safe.
public final class LocalImages implements Images {
  private final Path directory;
  private final StoreFolder store;

  /// The images of the store in `directory`.
  ///
  /// @throws SwayException of kind `usage` where there is no store
  public LocalImages(Path directory) throws SwayException {
    this.directory = directory;
    store = StoreFolder.open(directory);
  }

  /// Takes the digests of a store's blobs.
  @FunctionalInterface
  public interface Visitor {
    /// Takes the digest that a file's name says.
    void blob(Digest digest) throws IOException;
  }

  /// Shows every blob by the digest that its name says, also those that no image needs.
  public void blobs(Visitor visitor) throws IOException {
    store.blobs(visitor::blob);
  }

  @Override
  public ResolvedName resolve(ImageName name) throws IOException {
    return store
        .find(name)
        .map(LocalImages::resolved)
        .orElseThrow(() ->
            new SwayException(
                FailureKind.UNKNOWN_IMAGE,
                "there is no image '%s' in the store %s".formatted(name, directory)));
  }

  @Override
  public List<ResolvedName> names() throws IOException {
    return store.names().stream().map(LocalImages::resolved).toList();
  }

  private static ResolvedName resolved(StoredName name) {
    return new ResolvedName(name.name(), name.manifest(), name.modified());
  }

  @Override
  public byte[] range(Digest digest, long offset, int length) throws IOException {
    return store.range(digest, offset, length);
  }

  @Override
  public InputStream stream(Digest digest) throws IOException {
    return store.stream(digest);
  }
}
