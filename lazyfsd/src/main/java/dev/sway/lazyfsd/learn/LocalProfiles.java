package dev.sway.lazyfsd.learn;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
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

/// The profiles that a worker has learnt itself. One that cannot be believed is as good as none,
/// and is replaced by the next run's. Thread-safe.
final class LocalProfiles implements Profiles {
  private static final System.Logger LOG = System.getLogger(LocalProfiles.class.getName());
  private static final int MOST = 2000;

  private final BoundedFolder folder;
  private final ReentrantLock learning = new ReentrantLock();

  /// @param state the worker's state folder
  LocalProfiles(Path state) throws IOException {
    folder =
        new BoundedFolder(state.resolve("profiles"), ".profile", MOST, ProfileFormat.MAX_BYTES);
  }

  private static String name(Digest manifest, CommandKey command) {
    return manifest.hex() + "-" + command.hex();
  }

  @Override
  public Optional<Found> find(Digest manifest, CommandKey command) throws IOException {
    String name = name(manifest, command);
    Optional<byte[]> bytes = folder.read(name);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    try {
      Profile profile = ProfileReader.read(bytes.get(), name);
      if (profile.manifest().equals(manifest) && profile.command().equals(command)) {
        return Optional.of(new Found(profile, Digest.of(bytes.get()), "worker"));
      }
      LOG.log(System.Logger.Level.WARNING, "{0} is another command''s: not used", name);
    } catch (CorruptException | UnsupportedVersionException e) {
      LOG.log(System.Logger.Level.WARNING, "not used: {0}", e.getMessage());
    }
    return Optional.empty();
  }

  @Override
  public boolean learn(Trace trace) throws IOException {
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
    folder.write(name(profile.manifest(), profile.command()), ProfileWriter.write(profile));
  }
}
