package dev.sway.blobd.client;

import dev.sway.formats.profile.Profile;

/// A profile as the server has it.
///
/// @param profile of the image and command that were asked for
/// @param tag that the server gave it, to say later that it is to be replaced and no other
public record FetchedProfile(Profile profile, String tag) {}
