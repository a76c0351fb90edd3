package dev.sway.lazyfsd.mount;

import dev.sway.formats.id.Digest;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which mount: the one that all runs of an image share, or one that a single run has for itself.
///
/// Its text is the name of the mount point and of what the holder keeps: 64 hexadecimal digits of
/// the manifest's digest, and for a run's own mount `-` and the run's id.
///
/// @param digest of the image's manifest
/// @param run the id of the run that has the mount for itself, 12 hexadecimal digits; empty for the
///   shared one
public record MountKey(Digest digest, String run) {
  private static final Pattern TEXT = Pattern.compile("([0-9a-f]{64})(?:-([0-9a-f]{12}))?");

  /// The mount that runs of this image share.
  public static MountKey shared(Digest digest) {
    return new MountKey(digest, "");
  }

  /// The mount of this image that one run has for itself.
  ///
  /// @param run its id
  public static MountKey own(Digest digest, String run) {
    return new MountKey(digest, run);
  }

  /// The key with this text, if it is one.
  public static Optional<MountKey> parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String run = parts.group(2);
    return Digest.parse("sha256:" + parts.group(1))
        .map(digest -> new MountKey(digest, run == null ? "" : run));
  }

  /// Whether a single run has it.
  public boolean isOwn() {
    return !run.isEmpty();
  }

  @Override
  public String toString() {
    return isOwn() ? digest.hex() + "-" + run : digest.hex();
  }
}
