package dev.sway.swayctl.export;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.image.BuiltImage;
import dev.sway.formats.image.ImageBuilder;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.source.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// One export, from an image's origin to its published name.
public final class ImageExport {
  private final ImagePush push;
  private final ProgressLines progress;
  private final int threads;

  /// @param client of the server that gets the image
  /// @param progress is shown
  /// @param threads that compress, at least 1
  public ImageExport(BlobClient client, ProgressLines progress, int threads) {
    this.push = new ImagePush(client, progress);
    this.progress = progress;
    this.threads = threads;
  }

  /// Exports the image of `origin` as `name`.
  ///
  /// @param scratch an empty folder, for the caller to delete afterwards
  public ExportResult export(Origin origin, ImageName name, Path scratch) throws IOException {
    long started = System.nanoTime();
    push.checkReachable();
    Path sources = Files.createDirectory(scratch.resolve("source"));
    Path work = Files.createDirectory(scratch.resolve("image"));
    long opened = System.nanoTime();
    BuiltImage image;
    try (ImageSource source = origin.open(sources)) {
      opened = System.nanoTime();
      image = new ImageBuilder(work, threads, progress).build(source);
    }
    long built = System.nanoTime();
    ImagePush.Pushed pushed = push.push(image, name);
    progress.finish();
    long ended = System.nanoTime();
    Manifest manifest = image.manifest();
    return new ExportResult(
        name.toString(),
        Digest.of(image.manifestBytes()),
        manifest.packBytes(),
        manifest.index().size(),
        manifest.statistics().entries(),
        pushed.bytes(),
        pushed.blobs(),
        new ExportResult.Seconds(
            seconds(built - opened), seconds(ended - built), seconds(ended - started)));
  }

  private static double seconds(long nanos) {
    return Math.round(nanos / 1e6) / 1e3;
  }
}
