package dev.sway.blobd.store;

import dev.sway.blobd.api.HotBody;
import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/// Hot packs and maps as one file each, in a folder of their own for each image.
///
/// Each profile has its own copy of its pack, also where another's is the same: so there is nothing
/// to count before one is removed, and nothing that a crash could leave miscounted. Two commands
/// that read the very same in the same order are rare.
///
/// Who changes what a map names holds the image's lock. A pack is written without it: it appears
/// under its name as a whole, and counts once a map names it.
final class DirectoryHot implements HotStore {
  private final StoreLayout layout;
  private final ImageLocks locks;
  private final MapParsing parsing;
  private final HotPlaces places = new HotPlaces();

  private DirectoryHot(StoreLayout layout, ImageLocks locks, MapParsing parsing) {
    this.layout = layout;
    this.locks = locks;
    this.parsing = parsing;
  }

  /// Opens the hot packs of a store whose lock is held, and clears away what nobody needs.
  static DirectoryHot open(StoreLayout layout, ImageLocks locks, MapParsing parsing)
      throws IOException {
    DirectoryHot hot = new DirectoryHot(layout, locks, parsing);
    new HotSweep(layout, parsing)
        .run()
        .forEach(file -> file.pack().ifPresent(pack -> hot.places.add(pack, file.file())));
    return hot;
  }

  private HotFolder folder(Digest manifest) {
    return new HotFolder(layout, parsing, manifest);
  }

  @Override
  public OptionalLong size(Digest digest) throws IOException {
    Optional<BlobFile> file = places.find(digest);
    return file.isPresent() ? file.get().size() : OptionalLong.empty();
  }

  @Override
  public InputStream read(Digest digest, long offset, long length) throws IOException {
    return places
        .find(digest)
        .orElseThrow(
            () -> new SwayException(FailureKind.NOT_FOUND, "there is no hot pack " + digest))
        .read(offset, length);
  }

  @Override
  public Optional<OpenFile> find(Digest manifest, CommandKey key) throws IOException {
    return OpenFile.open(layout.hotMap(manifest, key), HotMapFormat.MAX_BYTES);
  }

  @Override
  public Map<CommandKey, Long> bytes(Digest manifest) throws IOException {
    HotFolder folder = folder(manifest);
    Map<CommandKey, Long> bytes = new HashMap<>();
    for (Map.Entry<CommandKey, List<HotFile>> profile : folder.byKey().entrySet()) {
      folder
          .pack(profile.getKey(), profile.getValue())
          .ifPresent(pack -> bytes.put(profile.getKey(), pack.bytes()));
    }
    return Map.copyOf(bytes);
  }

  @Override
  public boolean putPack(Digest manifest, CommandKey key, Digest pack, InputStream content)
      throws IOException {
    requireProfile(manifest, key);
    BlobFile file = new BlobFile(pack, layout.hotPack(manifest, key, pack));
    boolean created = file.put(content, HotMapFormat.MAX_PACK_BYTES, layout.newTemporary());
    ReentrantLock lock = locks.of(manifest);
    lock.lock();
    try {
      HotFolder folder = folder(manifest);
      if (!hasProfile(manifest, key)) {
        // It went while the pack came, and took what was here of it along.
        remove(folder, one -> one.key().equals(key));
        requireProfile(manifest, key);
      }
      renew(file);
      places.add(pack, file.file());
      remove(folder, folder.surplus(key, pack));
    } finally {
      lock.unlock();
    }
    return created;
  }

  /// Lets a pack that was there already count as stored now.
  private static void renew(BlobFile file) throws SwayException {
    try {
      Files.setLastModifiedTime(file.file(), FileTime.from(Instant.now()));
    } catch (NoSuchFileException e) {
      throw new SwayException(
          FailureKind.CHANGED,
          "another has replaced the hot pack %s meanwhile; store it again".formatted(file.digest()),
          e);
    } catch (IOException e) {
      throw Failures.storage(file.file(), e);
    }
  }

  @Override
  public boolean putMap(Digest manifest, CommandKey key, byte[] bytes) throws IOException {
    PackReference pack = parsing.run(() -> HotBody.read(bytes, manifest, key.hex()).pack());
    Path target = layout.hotMap(manifest, key);
    HotFolder folder = folder(manifest);
    ReentrantLock lock = locks.of(manifest);
    lock.lock();
    try {
      requireProfile(manifest, key);
      requirePack(manifest, key, pack);
      boolean created = !Files.exists(target);
      Optional<Digest> former = folder.named(key);
      try (PendingFile pending = PendingFile.create(layout.newTemporary())) {
        pending.write(bytes, 0, bytes.length);
        pending.publish(target);
      }
      if (former.isPresent() && !former.get().equals(pack.digest())) {
        remove(folder, file -> file.key().equals(key) && file.pack().equals(former));
      }
      return created;
    } finally {
      lock.unlock();
    }
  }

  private boolean hasProfile(Digest manifest, CommandKey key) {
    return Files.exists(layout.profile(manifest, key));
  }

  private void requireProfile(Digest manifest, CommandKey key) throws SwayException {
    if (!hasProfile(manifest, key)) {
      throw new SwayException(
          FailureKind.INCOMPLETE,
          "the image %s has no profile %s; store it before its hot pack".formatted(manifest, key));
    }
  }

  private void requirePack(Digest manifest, CommandKey key, PackReference pack)
      throws SwayException {
    OptionalLong size =
        new BlobFile(pack.digest(), layout.hotPack(manifest, key, pack.digest())).size();
    if (size.isEmpty()) {
      throw new SwayException(
          FailureKind.INCOMPLETE,
          "the profile %s has no hot pack %s; upload it before its map"
              .formatted(key, pack.digest()));
    }
    if (size.getAsLong() != pack.size()) {
      throw new SwayException(
          FailureKind.INCOMPLETE,
          "the hot pack %s has %d bytes, but its map says %d"
              .formatted(pack.digest(), size.getAsLong(), pack.size()));
    }
  }

  /// Removes all that profiles of an image have here. The caller holds the image's lock.
  void remove(Digest manifest, Collection<CommandKey> keys) throws SwayException {
    if (!keys.isEmpty()) {
      remove(folder(manifest), file -> keys.contains(file.key()));
    }
  }

  private void remove(HotFolder folder, Predicate<HotFile> which) throws SwayException {
    remove(folder, folder.files().stream().filter(which).toList());
  }

  private void remove(HotFolder folder, List<HotFile> files) throws SwayException {
    for (HotFile file : files) {
      file.pack().ifPresent(pack -> places.remove(pack, file.file()));
    }
    folder.delete(files);
  }
}
