package dev.sway.blobd.client;

import dev.sway.formats.profile.Profile;

/// A profile as the server has it.
///
/// @param file of the image and command that were asked for
/// @param tag that the server gave it, to say later that it is to be replaced and no other
public record FetchedProfile(FetchedFile<Profile> file, String tag) {
  /// What the file says.
  public Profile profile() {
    return file.content();
  }
}
