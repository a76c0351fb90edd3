package dev.sway.swayctl.export;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.client.FetchedProfile;
import dev.sway.blobd.client.ListedProfile;
import dev.sway.blobd.client.Profiles;
import dev.sway.blobd.client.ResolvedName;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.image.BuildProgress;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileCarryOver;
import dev.sway.formats.read.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Gives an image that a name points at from now on the profiles of the one that it pointed at
/// before, so that its first run has one; where the tag is new, those of the image that another tag
/// of the same name was pointed at last. The image is exported whether or not that works: what
/// fails here is told, and no more.
final class CarriedProfiles {
  /// What makes one profile useless, and is no reason not to carry over the others: among them that
  /// the new image has one of its own.
  private static final Set<FailureKind> SKIPPED =
      EnumSet.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED_VERSION, FailureKind.CHANGED);

  /// Other tags that are looked at for an image with profiles.
  private static final int MOST_TAGS = 16;

  /// Of a profile's key where people are told of it, as `profile ls` has them.
  private static final int KEY_DIGITS = 12;

  private final BlobClient client;
  private final Profiles profiles;
  private final BuildProgress progress;

  /// An image that comes before another.
  ///
  /// @param label what it is called where people are told of it
  record Before(Digest manifest, String label) {}

  /// @param progress is told what was carried over, and what was not
  CarriedProfiles(BlobClient client, BuildProgress progress) {
    this.client = client;
    this.profiles = client.profiles();
    this.progress = progress;
  }

  /// The image that `name` points at now, else the one of its other tags; empty where there is none
  /// to carry profiles over from.
  Optional<Before> before(ImageName name) {
    try {
      Digest manifest = client.resolve(name).manifest();
      return Optional.of(new Before(manifest, manifest.toString()));
    } catch (IOException | RuntimeException e) {
      SwayException failure = Failures.of(e);
      if (failure.kind() != FailureKind.UNKNOWN_IMAGE) {
        tell(failure);
        return Optional.empty();
      }
    }
    try {
      return ofOtherTags(name);
    } catch (IOException | RuntimeException e) {
      tell(Failures.of(e));
      return Optional.empty();
    }
  }

  /// The image that another tag was pointed at last, of those that have profiles.
  private Optional<Before> ofOtherTags(ImageName name) throws IOException {
    List<ResolvedName> others =
        client.names().stream()
            .filter(other -> other.name().name().equals(name.name()))
            .sorted(Comparator.comparing(ResolvedName::modified).reversed())
            .limit(MOST_TAGS)
            .toList();
    for (ResolvedName other : others) {
      if (!profiles.list(other.manifest()).isEmpty()) {
        return Optional.of(new Before(other.manifest(), other.name().toString()));
      }
    }
    return Optional.empty();
  }

  /// Stores the profiles of the image `before` as profiles of the image `to`, too.
  ///
  /// @param scratch an existing folder, for the caller to delete afterwards
  /// @return how many
  int carry(Before before, Digest to, Path scratch) {
    int carried = 0;
    Digest from = before.manifest();
    if (from.equals(to)) {
      return carried;
    }
    try {
      List<ListedProfile> stored = profiles.list(from);
      if (stored.isEmpty()) {
        return carried;
      }
      Path folder = Files.createTempDirectory(scratch, "profiles-");
      try (StoredImage image = StoredImage.open(client, to, folder)) {
        for (ListedProfile profile : stored) {
          carried += carry(profile, from, image) ? 1 : 0;
        }
      }
    } catch (IOException | RuntimeException e) {
      tell(Failures.of(e));
    }
    if (carried > 0) {
      progress.notice(
          "carried over %d %s from %s"
              .formatted(carried, carried == 1 ? "profile" : "profiles", before.label()));
    }
    return carried;
  }

  private boolean carry(ListedProfile listed, Digest from, StoredImage image) throws IOException {
    try {
      Optional<FetchedProfile> fetched = profiles.find(from, listed.key());
      if (fetched.isEmpty()) {
        return false;
      }
      Profile before = fetched.get().profile();
      Profile after = ProfileCarryOver.carry(before, image.index(), image.digest());
      if (!before.pinned() && !fits(before, after)) {
        progress.notice(
            "profile %s is not carried over: most of what it names is not in the new image"
                .formatted(listed.key().hex().substring(0, KEY_DIGITS)));
        return false;
      }
      // What a user has pinned stays so.
      profiles.create(after.withPin(before.pinned()));
      return true;
    } catch (SwayException e) {
      if (!SKIPPED.contains(e.kind())) {
        throw e;
      }
      if (e.kind() != FailureKind.CHANGED) {
        tell(e);
      }
      return false;
    }
  }

  /// Whether what is left of a profile is of more use than none, of which a start is helped by
  /// guesses instead.
  private static boolean fits(Profile before, Profile after) {
    return after.bytes() >= before.bytes() / 2;
  }

  private void tell(SwayException failure) {
    progress.notice(
        "not all profiles of the version before are carried over: " + failure.getMessage());
  }
}
