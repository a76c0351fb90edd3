package dev.sway.swayctl.export;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.client.FetchedProfile;
import dev.sway.blobd.client.ListedProfile;
import dev.sway.blobd.client.Profiles;
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
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Gives an image that a name points at from now on the profiles of the one that it pointed at
/// before, so that its first run has one. The image is exported whether or not that works: what
/// fails here is told, and no more.
final class CarriedProfiles {
  /// What makes one profile useless, and is no reason not to carry over the others: among them that
  /// the new image has one of its own.
  private static final Set<FailureKind> SKIPPED =
      EnumSet.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED_VERSION, FailureKind.CHANGED);

  private final BlobClient client;
  private final Profiles profiles;
  private final BuildProgress progress;

  /// @param progress is told what was carried over, and what was not
  CarriedProfiles(BlobClient client, BuildProgress progress) {
    this.client = client;
    this.profiles = client.profiles();
    this.progress = progress;
  }

  /// The manifest that `name` points at now; empty where there is none to carry profiles over from.
  Optional<Digest> before(ImageName name) {
    try {
      return Optional.of(client.resolve(name).manifest());
    } catch (IOException | RuntimeException e) {
      SwayException failure = Failures.of(e);
      if (failure.kind() != FailureKind.UNKNOWN_IMAGE) {
        tell(failure);
      }
      return Optional.empty();
    }
  }

  /// Stores the profiles of the image `from` as profiles of the image `to`, too.
  ///
  /// @param scratch an existing folder, for the caller to delete afterwards
  /// @return how many
  int carry(Digest from, Digest to, Path scratch) {
    int carried = 0;
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
              .formatted(carried, carried == 1 ? "profile" : "profiles", from));
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

  private void tell(SwayException failure) {
    progress.notice(
        "not all profiles of the image that had the name before are carried over: "
            + failure.getMessage());
  }
}
