package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.TreeSet;

/// A store in a directory of the local file system, laid out as [StoreLayout] says.
///
/// Blobs come to their places as [BlobFile] has it: a crash at any moment leaves a blob as a whole
/// or not at all, and at most a file in `tmp`, which the next start removes.
///
/// Thread-safe. One process uses a directory at a time. [#close()] is idempotent.
public final class DirectoryStore implements BlobStore, AutoCloseable {
  private final StoreLayout layout;
  private final NameStore names;
  private final ProfileStore profiles;
  private final HotStore hot;
  private final StateLock lock;

  private DirectoryStore(StoreLayout layout, StateLock lock) throws IOException {
    this.layout = layout;
    this.lock = lock;
    names = new DirectoryNames(layout);
    ImageLocks locks = new ImageLocks();
    DirectoryHot hotPacks = DirectoryHot.open(layout, locks, new MapParsing());
    profiles = new DirectoryProfiles(layout, locks, hotPacks);
    hot = hotPacks;
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
    Files.createDirectories(layout.hot());
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

  /// The hot packs in this store.
  public HotStore hot() {
    return hot;
  }

  @Override
  public OptionalLong size(Digest digest) throws IOException {
    return file(digest).size();
  }

  @Override
  public InputStream read(Digest digest, long offset, long length) throws IOException {
    return file(digest).read(offset, length);
  }

  @Override
  public boolean put(Digest digest, InputStream content, long limit) throws IOException {
    return file(digest).put(content, limit, layout.newTemporary());
  }

  private BlobFile file(Digest digest) {
    return new BlobFile(digest, layout.blob(digest));
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
