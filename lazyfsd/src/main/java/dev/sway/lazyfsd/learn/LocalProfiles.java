package dev.sway.lazyfsd.learn;

import dev.sway.blobd.client.FetchedFile;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.hot.HotMapReader;
import dev.sway.formats.hot.HotMapWriter;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileFormat;
import dev.sway.formats.profile.ProfileLearner;
import dev.sway.formats.profile.ProfileReader;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// The profiles that a worker has learnt itself, and the maps of their hot packs. One that cannot
/// be believed is as good as none, and is replaced by the next run's. Thread-safe.
final class LocalProfiles {
  private static final System.Logger LOG = System.getLogger(LocalProfiles.class.getName());
  private static final int MOST = 2000;

  /// A map has some hundred kilobytes.
  private static final int MOST_MAPS = 200;

  private final BoundedFolder folder;
  private final BoundedFolder maps;
  private final ReentrantLock learning = new ReentrantLock();

  /// @param state the worker's state folder
  LocalProfiles(Path state) throws IOException {
    folder =
        new BoundedFolder(state.resolve("profiles"), ".profile", MOST, ProfileFormat.MAX_BYTES);
    maps = new BoundedFolder(state.resolve("profiles"), ".hot", MOST_MAPS, HotMapFormat.MAX_BYTES);
  }

  private static String name(Digest manifest, CommandKey command) {
    return manifest.hex() + "-" + command.hex();
  }

  /// The profile of a command on an image, if there is one.
  ///
  /// @throws IOException where the disk fails
  Optional<Profiles.Found> find(Digest manifest, CommandKey command) throws IOException {
    String name = name(manifest, command);
    Optional<byte[]> bytes = folder.read(name);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    try {
      Profile profile = ProfileReader.read(bytes.get(), name);
      if (profile.manifest().equals(manifest) && profile.command().equals(command)) {
        return Optional.of(
            new Profiles.Found(profile, Digest.of(bytes.get()), "worker", hot(manifest, command)));
      }
      LOG.log(System.Logger.Level.WARNING, "{0} is another command''s: not used", name);
    } catch (CorruptException | UnsupportedVersionException e) {
      LOG.log(System.Logger.Level.WARNING, "not used: {0}", e.getMessage());
    }
    return Optional.empty();
  }

  /// The map of the hot pack of a command's profile, if there is one.
  ///
  /// @throws IOException where the disk fails
  Optional<HotMap> hot(Digest manifest, CommandKey command) throws IOException {
    String name = name(manifest, command);
    Optional<byte[]> bytes = maps.read(name);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    try {
      HotMap map = HotMapReader.read(bytes.get(), name);
      return Optional.of(map).filter(found -> found.manifest().equals(manifest));
    } catch (CorruptException | UnsupportedVersionException e) {
      LOG.log(System.Logger.Level.WARNING, "not used: {0}", e.getMessage());
      return Optional.empty();
    }
  }

  /// Keeps the map of a hot pack in place of the one before.
  void keep(HotMap map, CommandKey command) throws IOException {
    keep(map, HotMapWriter.write(map), command);
  }

  /// Keeps the map of a hot pack as it was fetched in place of the one before.
  void keepMap(FetchedFile<HotMap> map, CommandKey command) throws IOException {
    keep(map.content(), map.bytes(), command);
  }

  private void keep(HotMap map, byte[] file, CommandKey command) throws IOException {
    maps.write(name(map.manifest(), command), file);
  }

  /// Learns from one more run; answers whether that has added anything.
  boolean learn(Trace trace) throws IOException {
    TraceHeader header = trace.header();
    learning.lock();
    try {
      Optional<Profile> before =
          find(header.manifest(), header.command()).map(Profiles.Found::profile);
      Profile after = ProfileLearner.learn(before, trace);
      if (after.paths().isEmpty() || before.equals(Optional.of(after))) {
        return false;
      }
      keep(after);
      return true;
    } finally {
      learning.unlock();
    }
  }

  /// Keeps a profile in place of the one before.
  void keep(Profile profile) throws IOException {
    keep(profile, ProfileWriter.write(profile));
  }

  /// Keeps a profile as it was fetched in place of the one before.
  void keepProfile(FetchedFile<Profile> profile) throws IOException {
    keep(profile.content(), profile.bytes());
  }

  private void keep(Profile profile, byte[] file) throws IOException {
    folder.write(name(profile.manifest(), profile.command()), file);
  }
}
