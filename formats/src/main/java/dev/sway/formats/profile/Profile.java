package dev.sway.formats.profile;

import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import java.time.Instant;
import java.util.List;

/// What runs of one command on one image ask for, in the order in which they do. Immutable.
///
/// It names content by path and range of the image only, whose digests are the image's own: a wrong
/// one costs bandwidth, and never changes what a process reads.
///
/// @param manifest the digest of the image's manifest
/// @param command the identity of the command
/// @param args the command line of the run that was learnt from last, for people
/// @param runs how many runs it was learnt from
/// @param updated when it was learnt from the last one
/// @param pinned whether it is to stay as it is
/// @param paths in the order of their first use
public record Profile(
    Digest manifest,
    CommandKey command,
    List<String> args,
    int runs,
    Instant updated,
    boolean pinned,
    List<ProfiledPath> paths) {
  public Profile {
    args = List.copyOf(args);
    paths = List.copyOf(paths);
  }

  /// The same, pinned or not.
  public Profile withPin(boolean pin) {
    return new Profile(manifest, command, args, runs, updated, pin, paths);
  }

  /// How many bytes of files it names.
  public long bytes() {
    return paths.stream()
        .flatMap(path -> path.ranges().stream())
        .mapToLong(ProfileRange::length)
        .sum();
  }
}
