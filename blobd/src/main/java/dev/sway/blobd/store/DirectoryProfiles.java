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
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// Profiles as one file each, replaced atomically. The file's time of change is the profile's.
///
/// Who writes holds a lock for the image, so that no other changes what its condition has seen; who
/// reads holds none.
final class DirectoryProfiles implements ProfileStore {
  private static final int BUFFER_BYTES = 64 << 10;

  private final StoreLayout layout;

  /// For the manifests of all images, by their first byte.
  private final List<ReentrantLock> locks =
      Stream.generate(ReentrantLock::new).limit(1 << Byte.SIZE).toList();

  DirectoryProfiles(StoreLayout layout) {
    this.layout = layout;
  }

  @Override
  public Optional<OpenProfile> find(Digest manifest, CommandKey key) throws IOException {
    return bounded(layout.profile(manifest, key));
  }

  /// Opens a profile that is no longer than one may be.
  private static Optional<OpenProfile> bounded(Path file) throws IOException {
    Optional<OpenProfile> opened = open(file);
    if (opened.isPresent() && opened.get().size() > BlobdApi.MAX_PROFILE_BYTES) {
      opened.get().close();
      throw new CorruptException(
          file.toString(),
          "has %d bytes, a profile has at most %d"
              .formatted(opened.get().size(), BlobdApi.MAX_PROFILE_BYTES));
    }
    return opened;
  }

  private static Optional<OpenProfile> open(Path file) throws SwayException {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        long size = channel.size();
        // The same open file twice: the one of that name may be another in a moment.
        Digest digest = digest(new FileRange(file, channel, 0, size));
        return Optional.of(new OpenProfile(digest, size, new FileRange(file, channel, 0, size)));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  private static Digest digest(InputStream in) throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      Digest.update(sha256, buffer, 0, count);
    }
    return Digest.finish(sha256);
  }

  @Override
  public List<StoredProfile> list(Digest manifest) throws IOException {
    Path folder = layout.profiles(manifest);
    List<StoredProfile> profiles = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Optional<CommandKey> key = CommandKey.parse(file.getFileName().toString());
        if (key.isPresent()) {
          stored(file, key.get()).ifPresent(profiles::add);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (DirectoryIteratorException e) {
      throw Failures.storage(folder, Objects.requireNonNull(e.getCause()));
    } catch (IOException e) {
      throw Failures.storage(folder, e);
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
    ReentrantLock lock = lock(manifest);
    lock.lock();
    try {
      Optional<Digest> present = present(file);
      condition.check(present);
      List<Path> victims = present.isPresent() ? List.of() : victims(manifest);
      try (PendingFile pending = PendingFile.create(layout.newTemporary())) {
        pending.write(bytes, 0, bytes.length);
        pending.publish(file);
      }
      // Only now: where the new one cannot be written, none is lost.
      delete(layout.profiles(manifest), victims);
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
    ReentrantLock lock = lock(manifest);
    lock.lock();
    try {
      condition.check(present(file));
      Optional<StoredProfile> stored = stored(file, key);
      if (stored.isPresent()) {
        delete(layout.profiles(manifest), List.of(file));
      }
      return stored;
    } finally {
      lock.unlock();
    }
  }

  private ReentrantLock lock(Digest manifest) {
    return locks.get(manifest.bytes()[0] & 0xff);
  }

  private static Optional<Digest> present(Path file) throws IOException {
    Optional<OpenProfile> opened = open(file);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (OpenProfile profile = opened.get()) {
      return Optional.of(profile.digest());
    }
  }

  /// Which profiles must go before the image gets one more.
  private List<Path> victims(Digest manifest) throws IOException {
    List<StoredProfile> profiles = list(manifest);
    int surplus = profiles.size() + 1 - BlobdApi.MAX_PROFILES;
    List<Path> victims = new ArrayList<>();
    List<StoredProfile> oldestFirst =
        profiles.stream().sorted(Comparator.comparing(StoredProfile::modified)).toList();
    for (int i = 0; i < oldestFirst.size() && victims.size() < surplus; i++) {
      Path file = layout.profile(manifest, oldestFirst.get(i).key());
      if (!pinned(file)) {
        victims.add(file);
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
      Optional<OpenProfile> opened = bounded(file);
      if (opened.isEmpty()) {
        return false;
      }
      try (OpenProfile profile = opened.get()) {
        return ProfileReader.read(profile.content().readAllBytes(), file.toString()).pinned();
      }
    } catch (CorruptException | UnsupportedVersionException e) {
      return false;
    }
  }

  private static void delete(Path folder, List<Path> files) throws SwayException {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw Failures.storage(file, e);
      }
    }
    if (!files.isEmpty()) {
      PendingFile.sync(folder);
    }
  }
}
