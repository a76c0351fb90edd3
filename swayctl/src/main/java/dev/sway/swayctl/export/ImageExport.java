package dev.sway.swayctl.export;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.id.Digest;
import dev.sway.formats.image.BuildOptions;
import dev.sway.formats.image.BuildReport;
import dev.sway.formats.image.BuiltImage;
import dev.sway.formats.image.ImageBuilder;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestWriter;
import dev.sway.formats.source.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One export, from an image's origin to its published name.
public final class ImageExport {
  private static final double NANOS = 1e9;

  private final ImagePush push;
  private final StoredImages stored;
  private final CarriedProfiles profiles;
  private final RememberedBuilds builds;
  private final ProgressLines progress;

  /// @param client of the server that gets the image
  /// @param builds know what unchanged sources became
  /// @param progress is shown
  public ImageExport(BlobClient client, RememberedBuilds builds, ProgressLines progress) {
    this.push = new ImagePush(client, progress);
    this.stored = new StoredImages(client, progress);
    this.profiles = new CarriedProfiles(client, progress);
    this.builds = builds;
    this.progress = progress;
  }

  /// Exports the image of `origin` as `request` says. A source that an earlier export has read
  /// already is not read again, unless the server has lost a part of its image.
  ///
  /// @param scratch an empty folder, for the caller to delete afterwards
  public ExportResult export(Origin origin, ExportRequest request, Path scratch)
      throws IOException {
    long started = System.nanoTime();
    push.checkReachable();
    Path sources = Files.createDirectory(scratch.resolve("source"));
    Path work = Files.createDirectory(scratch.resolve("image"));
    Optional<FileStamp> stamp = stamp(origin);
    Optional<BuildKey> key;
    BuiltImage image;
    long opened;
    try (ImageSource source = origin.open(sources)) {
      opened = System.nanoTime();
      key =
          origin.isStream() || !request.takesEarlierBuild()
              ? Optional.empty()
              : BuildKey.of(source, stamp);
      Optional<Manifest> earlier = key.flatMap(builds::find);
      if (earlier.isPresent() && push.isComplete(earlier.get())) {
        Optional<CarriedProfiles.Before> before = before(request);
        if (!request.dryRun()) {
          push.publish(earlier.get(), request.name());
        }
        int carried = carry(before, earlier.get(), scratch);
        long ended = System.nanoTime();
        return result(
            request,
            earlier.get(),
            Optional.empty(),
            new ImagePush.Pushed(0, 0),
            carried,
            seconds(0, ended - opened, ended - started));
      }
      Path indexes = Files.createDirectory(scratch.resolve("indexes"));
      BuildOptions options =
          new BuildOptions(
              request.threads(), request.level(), () -> stored.knownFor(request, indexes));
      image = new ImageBuilder(work, options, progress).build(source);
    }
    long built = System.nanoTime();
    Optional<CarriedProfiles.Before> before = before(request);
    ImagePush.Pushed pushed =
        request.dryRun() ? push.plan(image) : push.push(image, request.name());
    progress.finish();
    int carried = carry(before, image.manifest(), scratch);
    long ended = System.nanoTime();
    // A file that changed while it was read has become an image of no moment at all.
    if (!request.dryRun() && key.isPresent() && stamp(origin).equals(stamp)) {
      remember(key.get(), image.manifest());
    }
    return result(
        request,
        image.manifest(),
        Optional.of(image.report()),
        pushed,
        carried,
        seconds(built - opened, ended - built, ended - started));
  }

  /// The image whose profiles are to be carried over, once the name points at another.
  private Optional<CarriedProfiles.Before> before(ExportRequest request) {
    return request.profiles() && !request.dryRun()
        ? profiles.before(request.name())
        : Optional.empty();
  }

  private int carry(Optional<CarriedProfiles.Before> before, Manifest manifest, Path scratch) {
    return before.map(from -> profiles.carry(from, digest(manifest), scratch)).orElse(0);
  }

  private static Digest digest(Manifest manifest) {
    return Digest.of(ManifestWriter.write(manifest));
  }

  private static Optional<FileStamp> stamp(Origin origin) {
    return origin.file().flatMap(file -> FileStamp.of(file, Instant.now()));
  }

  /// A build that cannot be remembered costs the user time, not the export.
  private void remember(BuildKey key, Manifest manifest) {
    try {
      builds.remember(key, manifest);
    } catch (IOException e) {
      progress.notice(
          "the image is exported, but the next export will read all of it again: "
              + e.getMessage());
    }
  }

  /// @param report of the build; empty where none was needed
  private static ExportResult result(
      ExportRequest request,
      Manifest manifest,
      Optional<BuildReport> report,
      ImagePush.Pushed pushed,
      int carried,
      ExportResult.Seconds seconds) {
    return new ExportResult(
        request.name().toString(),
        digest(manifest),
        manifest.packBytes(),
        manifest.index().size(),
        manifest.statistics().entries(),
        report.isEmpty(),
        request.dryRun(),
        pushed.bytes(),
        pushed.blobs(),
        report.map(BuildReport::shared).orElse(Map.of()),
        report.map(BuildReport::largestNew).orElse(List.of()),
        carried,
        seconds);
  }

  private static ExportResult.Seconds seconds(long build, long upload, long total) {
    return new ExportResult.Seconds(rounded(build), rounded(upload), rounded(total));
  }

  /// Seconds to the millisecond.
  private static double rounded(long nanos) {
    return Math.round(nanos / NANOS * 1e3) / 1e3;
  }
}
