package dev.sway.lazyfsd.learn;

import dev.sway.formats.hot.HotMap;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Trace;
import dev.sway.lazyfsd.hot.HotPackBuilder;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import java.io.IOException;
import java.util.Optional;

/// Where profiles are kept. Implementations are thread-safe.
public interface Profiles {
  /// A profile, and where it was found.
  ///
  /// @param digest of its file
  /// @param origin in a word
  /// @param hot the map of its hot pack, where it has one
  record Found(Profile profile, Digest digest, String origin, Optional<HotMap> hot) {}

  /// The profile of a command on an image, if there is one.
  ///
  /// @throws IOException where that cannot be told, or it cannot be believed
  Optional<Found> find(Digest manifest, CommandKey command) throws IOException;

  /// Learns from one more run; answers whether that has added anything. Takes no longer than this
  /// machine's disk.
  boolean learn(Trace trace) throws IOException;

  /// Has others know what [#learn] has learnt, which may take as long as they like. What goes wrong
  /// is told to the operator.
  ///
  /// @param added what [#learn] has answered
  void share(Trace trace, boolean added) throws IOException;

  /// Sees to it that the profile of a command has a hot pack, and one that fits it. What goes wrong
  /// is told to the operator.
  ///
  /// @param prefetches of a mount of the image
  /// @param pause of work that takes long
  void heat(
      Digest manifest, CommandKey command, MountPrefetches prefetches, HotPackBuilder.Pause pause);
}
