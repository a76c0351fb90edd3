package dev.sway.blobd.store;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.ProfileReader;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Profiles as one file each, replaced atomically. The file's time of change is the profile's.
///
/// Who writes holds a lock for the image, so that no other changes what its condition has seen; who
/// reads holds none.
final class DirectoryProfiles implements ProfileStore {
  private final StoreLayout layout;
  private final ImageLocks locks;
  private final DirectoryHot hot;

  DirectoryProfiles(StoreLayout layout, ImageLocks locks, DirectoryHot hot) {
    this.layout = layout;
    this.locks = locks;
    this.hot = hot;
  }

  @Override
  public Optional<OpenFile> find(Digest manifest, CommandKey key) throws IOException {
    return OpenFile.open(layout.profile(manifest, key), BlobdApi.MAX_PROFILE_BYTES);
  }

  @Override
  public List<StoredProfile> list(Digest manifest) throws IOException {
    List<StoredProfile> profiles = new ArrayList<>();
    for (Path file : folder(manifest).files()) {
      Optional<CommandKey> key = CommandKey.parse(file.getFileName().toString());
      if (key.isPresent()) {
        stored(file, key.get()).ifPresent(profiles::add);
      }
    }
    profiles.sort(Comparator.comparing(profile -> profile.key().hex()));
    return List.copyOf(profiles);
  }

  private static Optional<StoredProfile> stored(Path file, CommandKey key) throws SwayException {
    try {
      Instant modified = Files.getLastModifiedTime(file).toInstant();
      return Optional.of(new StoredProfile(key, Files.size(file), modified));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  @Override
  public Outcome put(Digest manifest, CommandKey key, byte[] bytes, Condition condition)
      throws IOException {
    Path file = layout.profile(manifest, key);
    ReentrantLock lock = locks.of(manifest);
    lock.lock();
    try {
      Optional<Digest> present = present(file);
      condition.check(present);
      List<CommandKey> victims = present.isPresent() ? List.of() : victims(manifest);
      try (PendingFile pending = PendingFile.create(layout.newTemporary())) {
        pending.write(bytes, 0, bytes.length);
        pending.publish(file);
      }
      // Only now: where the new one cannot be written, none is lost.
      delete(manifest, victims);
      StoredProfile stored =
          stored(file, key)
              .orElseThrow(() ->
                  new SwayException(
                      FailureKind.STORAGE, file + ": another program removed what was written"));
      return new Outcome(stored, present.isEmpty());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<StoredProfile> remove(Digest manifest, CommandKey key, Condition condition)
      throws IOException {
    Path file = layout.profile(manifest, key);
    ReentrantLock lock = locks.of(manifest);
    lock.lock();
    try {
      condition.check(present(file));
      Optional<StoredProfile> stored = stored(file, key);
      if (stored.isPresent()) {
        delete(manifest, List.of(key));
      }
      return stored;
    } finally {
      lock.unlock();
    }
  }

  private Folder folder(Digest manifest) {
    return new Folder(layout.profiles(manifest));
  }

  private static Optional<Digest> present(Path file) throws IOException {
    Optional<OpenFile> opened = OpenFile.open(file);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (OpenFile profile = opened.get()) {
      return Optional.of(profile.digest());
    }
  }

  /// Which profiles must go before the image gets one more.
  private List<CommandKey> victims(Digest manifest) throws IOException {
    List<StoredProfile> profiles = list(manifest);
    int surplus = profiles.size() + 1 - BlobdApi.MAX_PROFILES;
    List<CommandKey> victims = new ArrayList<>();
    List<StoredProfile> oldestFirst =
        profiles.stream().sorted(Comparator.comparing(StoredProfile::modified)).toList();
    for (int i = 0; i < oldestFirst.size() && victims.size() < surplus; i++) {
      CommandKey key = oldestFirst.get(i).key();
      if (!pinned(layout.profile(manifest, key))) {
        victims.add(key);
      }
    }
    if (victims.size() < surplus) {
      throw new SwayException(
          FailureKind.IN_USE,
          "all %d profiles of the image %s are pinned; unpin or remove one of them"
              .formatted(profiles.size(), manifest));
    }
    return victims;
  }

  /// Whether the profile in `file` is to stay; one that is damaged is not.
  private static boolean pinned(Path file) throws IOException {
    try {
      Optional<OpenFile> opened = OpenFile.open(file, BlobdApi.MAX_PROFILE_BYTES);
      if (opened.isEmpty()) {
        return false;
      }
      try (OpenFile profile = opened.get()) {
        return ProfileReader.read(profile.content().readAllBytes(), file.toString()).pinned();
      }
    } catch (CorruptException | UnsupportedVersionException e) {
      return false;
    }
  }

  /// Removes profiles and what is kept for them. Their hot packs go first: a crash in between
  /// leaves none that nobody needs.
  private void delete(Digest manifest, List<CommandKey> keys) throws IOException {
    hot.remove(manifest, keys);
    folder(manifest).delete(keys.stream().map(key -> layout.profile(manifest, key)).toList());
  }
}
