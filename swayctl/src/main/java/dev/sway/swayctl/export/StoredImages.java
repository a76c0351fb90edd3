package dev.sway.swayctl.export;

import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.client.ResolvedName;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.image.BuildProgress;
import dev.sway.formats.image.KnownChunks;
import dev.sway.formats.read.StoredImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The images on the server that a new one can share packs with.
final class StoredImages {
  /// Of so many tags of the same name are the chunks fetched; each costs its index, some megabytes.
  private static final int VERSIONS = 4;

  /// What makes an image useless, and is no reason not to export another.
  private static final Set<FailureKind> UNUSABLE =
      EnumSet.of(FailureKind.NOT_FOUND, FailureKind.CORRUPT, FailureKind.UNSUPPORTED_VERSION);

  private final BlobClient client;
  private final BuildProgress progress;

  /// @param progress is told of images that cannot be shared with
  StoredImages(BlobClient client, BuildProgress progress) {
    this.client = client;
    this.progress = progress;
  }

  /// The chunks of the images that `request` shares with: those of the same name, the same tag
  /// first, then the latest; then those that it names.
  ///
  /// @param scratch an existing folder, for the caller to delete afterwards
  KnownChunks knownFor(ExportRequest request, Path scratch) throws IOException {
    KnownChunks known = new KnownChunks();
    if (request.anew()) {
      return known;
    }
    List<ResolvedName> images = new ArrayList<>(versions(request.name()));
    for (ImageName name : request.shareWith()) {
      images.add(client.resolve(name));
    }
    Set<Digest> seen = new HashSet<>();
    for (ResolvedName image : images) {
      if (seen.add(image.manifest())) {
        add(image, known, scratch);
      }
    }
    return known;
  }

  private List<ResolvedName> versions(ImageName name) throws IOException {
    return client.names().stream()
        .filter(image -> image.name().name().equals(name.name()))
        .sorted(
            Comparator.<ResolvedName, Boolean>comparing(image -> !image.name().equals(name))
                .thenComparing(ResolvedName::modified, Comparator.reverseOrder())
                .thenComparing(ResolvedName::name))
        .limit(VERSIONS)
        .toList();
  }

  private void add(ResolvedName image, KnownChunks known, Path scratch) throws IOException {
    try (StoredImage stored = StoredImage.open(client, image.manifest(), scratch)) {
      if (!client.missing(stored.manifest().blobs()).isEmpty()) {
        progress.notice(
            "%s is not complete on the server, nothing is shared with it".formatted(image.name()));
      } else if (!known.add(image.name().toString(), stored.manifest(), stored.index())) {
        progress.notice("%s has too many chunks to share all".formatted(image.name()));
      }
    } catch (SwayException e) {
      if (!UNUSABLE.contains(e.kind())) {
        throw e;
      }
      progress.notice("nothing is shared with %s: %s".formatted(image.name(), e.getMessage()));
    }
  }
}
