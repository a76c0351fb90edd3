package dev.sway.blobd.api;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileReader;
import dev.sway.formats.trace.CommandKey;

/// What both ends check of a profile on its way.
public final class ProfileBody {
  private ProfileBody() {}

  /// Reads a profile that must be of this image and command.
  ///
  /// @param name of the profile in errors
  /// @throws CorruptException where it is no profile, or of others
  /// @throws SwayException of kind `unsupported-version` where it is of another version
  public static Profile read(byte[] bytes, Digest manifest, CommandKey key, String name)
      throws SwayException {
    Profile profile = ProfileReader.read(bytes, name);
    if (!profile.manifest().equals(manifest)) {
      throw new CorruptException(
          "profile " + name,
          "is a profile of the image %s, not of %s".formatted(profile.manifest(), manifest));
    }
    if (!profile.command().equals(key)) {
      throw new CorruptException(
          "profile " + name,
          "is a profile of the command %s, not of %s".formatted(profile.command(), key));
    }
    return profile;
  }
}
