package dev.sway.lazyfsd.image;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.formats.manifest.ManifestReader;
import dev.sway.formats.read.IndexFile;
import dev.sway.lazyfsd.linux.AtomicWrite;
import dev.sway.lazyfsd.linux.DurableWrite;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// Manifests and indexes on this machine, each fetched from blobd once, verified, and kept:
/// `FOLDER/DIGEST.json` and `FOLDER/DIGEST.mdb`.
///
/// A file gets its name when it is complete. A mount does not wait until it is on the disk: what a
/// loss of power tears is found and fetched again. LMDB trusts its file, and a flipped bit there
/// could end the process: the digest is checked again whenever the file may be another than was
/// checked before, after each start of the machine too. That it was checked is noted
/// (`FOLDER/DIGEST.mdb.verified`) once the disk has it. Thread-safe.
public final class ImageStore implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ImageStore.class.getName());

  private static final String PARTIAL = ".partial";
  private static final String MANIFEST = ".json";
  private static final String INDEX = ".mdb";

  private final Path folder;
  private final BlobClient client;
  private final VerifiedIndex.Disk disk;
  private final LinkEstimate link = new LinkEstimate();
  private final Map<Digest, ReentrantLock> openings = new ConcurrentHashMap<>();

  /// The indexes that this store has fetched, and that the disk need not have yet: they are what
  /// was verified, and nobody else notes that.
  private final Set<Path> unsynced = ConcurrentHashMap.newKeySet();

  private final ExecutorService syncing =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("index-sync").daemon().factory());

  /// @param folder created where it is missing; used by this store alone
  /// @param client stays the caller's to close
  public ImageStore(Path folder, BlobClient client) throws IOException {
    this(folder, client, DurableWrite::force);
  }

  ImageStore(Path folder, BlobClient client, VerifiedIndex.Disk disk) throws IOException {
    this.folder = PrivateFolder.open(folder);
    this.client = client;
    this.disk = disk;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(PARTIAL)).toList()) {
        Files.delete(file);
      }
    }
  }

  /// Opens the image whose manifest has this digest, after fetching what is missing of its
  /// metadata. Where all is here and was verified before, the index's size does not matter.
  ///
  /// @throws CorruptException where what blobd sends, or what is on disk, does not match its digest
  ///   or format
  public LocalImage open(Digest digest) throws IOException {
    ReentrantLock opening = opening(digest);
    opening.lock();
    try {
      Manifest manifest = manifest(digest);
      Path index = folder.resolve(digest.hex() + INDEX);
      boolean intact =
          unsynced.contains(index) || VerifiedIndex.isIntact(index, manifest.index(), disk);
      if (!intact) {
        fetchIndex(manifest.index(), index);
      }
      LocalImage image = new LocalImage(digest, manifest, IndexFile.open(manifest, index));
      if (!intact) {
        unsynced.add(index);
        syncing.execute(() -> sync(digest, index, manifest.index()));
      }
      return image;
    } finally {
      opening.unlock();
    }
  }

  private ReentrantLock opening(Digest digest) {
    return openings.computeIfAbsent(digest, _ -> new ReentrantLock());
  }

  /// What the link to blobd is like.
  public LinkEstimate link() {
    return link;
  }

  /// Waits until an image's manifest and index, which are here, are on the disk, so that a loss of
  /// power does not take them.
  public void force(Digest digest) throws IOException {
    DurableWrite.force(folder.resolve(digest.hex() + MANIFEST));
    DurableWrite.force(folder.resolve(digest.hex() + INDEX));
    DurableWrite.forceFolder(folder);
  }

  private Manifest manifest(Digest digest) throws IOException {
    Path path = folder.resolve(digest.hex() + MANIFEST);
    try {
      return ManifestReader.read(Files.readAllBytes(path), digest);
    } catch (NoSuchFileException | CorruptException e) {
      // Not here yet, or damaged on disk: blobd has it.
      long begun = System.nanoTime();
      byte[] bytes = fetchManifest(digest);
      link.roundTrip(System.nanoTime() - begun);
      Manifest manifest = ManifestReader.read(bytes, digest);
      AtomicWrite.replace(path, bytes);
      return manifest;
    }
  }

  private byte[] fetchManifest(Digest digest) throws IOException {
    try {
      return client.manifestBytes(digest);
    } catch (SwayException e) {
      if (e.kind() != FailureKind.NOT_FOUND) {
        throw e;
      }
      throw new SwayException(
          FailureKind.NOT_FOUND,
          "there is no image with the manifest %s; 'swayctl images' lists what there is: %s"
              .formatted(digest, e.getMessage()),
          e);
    }
  }

  private void fetchIndex(IndexBlob blob, Path target) throws IOException {
    Path partial = target.resolveSibling(target.getFileName() + PARTIAL);
    try {
      Files.deleteIfExists(partial);
      long begun = System.nanoTime();
      IndexFile.fetch(client, blob, partial);
      link.transfer(blob.size(), System.nanoTime() - begun);
      AtomicWrite.publish(partial, target);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /// Brings an index to the disk. Where that fails the kernel may show other bytes any time, and
  /// who opens it next fetches it again.
  private void sync(Digest digest, Path index, IndexBlob blob) {
    try {
      VerifiedIndex.record(index, blob, disk);
      unsynced.remove(index);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} is not kept, the disk does not take it: {1}",
          index,
          e.getMessage());
      remove(digest, index);
    }
  }

  /// Not while somebody opens it.
  private void remove(Digest digest, Path index) {
    ReentrantLock opening = opening(digest);
    opening.lock();
    try {
      Files.deleteIfExists(index);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "{0} cannot be removed: {1}", index, e.getMessage());
    } finally {
      unsynced.remove(index);
      opening.unlock();
    }
  }

  /// Waits until all that was fetched is on the disk, or is known not to be. Idempotent; to be
  /// called once nothing is opened any more.
  @Override
  public void close() {
    syncing.close();
  }
}
