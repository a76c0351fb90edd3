package dev.sway.swayctl.export;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.image.BuildProgress;
import dev.sway.formats.image.BuiltImage;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Pushes an image: asks what the server lacks, uploads that, the manifest last, then lets the name
/// point at it. Whoever resolves the name at any time finds a complete image.
final class ImagePush {
  /// More gain nothing: the server's disk and the client's hashing are busy with this many.
  private static final int UPLOADS_AT_ONCE = 3;

  private final BlobClient client;
  private final BuildProgress progress;

  ImagePush(BlobClient client, BuildProgress progress) {
    this.client = client;
    this.progress = progress;
  }

  /// What was uploaded.
  ///
  /// @param bytes in all
  /// @param blobs how many
  record Pushed(long bytes, int blobs) {}

  /// Fails where the server cannot be reached or refuses the token, before any work is done for
  /// nothing.
  void checkReachable() throws IOException {
    client.missing(List.of());
  }

  /// Whether the server has all of an image.
  boolean isComplete(Manifest manifest) throws IOException {
    return missing(manifest).isEmpty();
  }

  /// Lets `name` point at an image of which the server lacks nothing.
  void publish(Manifest manifest, ImageName name) throws IOException {
    client.publish(name, digest(manifest));
  }

  /// What [#push] would upload.
  Pushed plan(BuiltImage image) throws IOException {
    return Missing.of(image, missing(image.manifest())).pushed();
  }

  /// Uploads what the server lacks, and lets `name` point at the image.
  Pushed push(BuiltImage image, ImageName name) throws IOException {
    byte[] manifest = image.manifestBytes();
    Missing missing = Missing.of(image, missing(image.manifest()));
    progress.phase("uploading", missing.pushed().bytes());
    upload(missing.uploads());
    if (missing.manifest()) {
      client.upload(Digest.of(manifest), manifest);
      progress.advance(manifest.length);
    }
    client.publish(name, Digest.of(manifest));
    return missing.pushed();
  }

  private static Digest digest(Manifest manifest) {
    return Digest.of(ManifestWriter.write(manifest));
  }

  /// Of the image's blobs and its manifest, those that the server lacks.
  private Set<Digest> missing(Manifest manifest) throws IOException {
    Set<Digest> asked = new HashSet<>(manifest.blobs());
    asked.add(digest(manifest));
    return client.missing(asked);
  }

  /// What the server lacks of an image.
  ///
  /// @param uploads its blobs
  /// @param manifest whether the manifest is to be uploaded too
  /// @param pushed the sum of both
  private record Missing(List<Upload> uploads, boolean manifest, Pushed pushed) {
    static Missing of(BuiltImage image, Set<Digest> missing) throws IOException {
      List<Upload> uploads = new ArrayList<>();
      byte[] manifest = image.manifestBytes();
      boolean lacksManifest = missing.contains(Digest.of(manifest));
      long bytes = lacksManifest ? manifest.length : 0;
      for (Digest digest : new LinkedHashSet<>(image.manifest().blobs())) {
        if (missing.contains(digest)) {
          Path file = image.blobs().get(digest);
          if (file == null) {
            throw new CorruptException(
                "the server",
                "has lost the pack %s of an image that this one shares it with; export with --anew"
                    .formatted(digest));
          }
          uploads.add(new Upload(digest, file));
          bytes += Files.size(file);
        }
      }
      return new Missing(uploads, lacksManifest, new Pushed(bytes, missing.size()));
    }
  }

  private record Upload(Digest digest, Path file) {}

  private void upload(List<Upload> uploads) throws IOException {
    try (ExecutorService threads =
        Executors.newFixedThreadPool(
            UPLOADS_AT_ONCE, Thread.ofPlatform().daemon().name("upload-", 0).factory())) {
      CompletionService<Boolean> running = new ExecutorCompletionService<>(threads);
      for (Upload upload : uploads) {
        running.submit(() -> {
          client.upload(upload.digest(), upload.file(), progress::advance);
          return true;
        });
      }
      try {
        for (int i = 0; i < uploads.size(); i++) {
          await(running.take());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SwayException(FailureKind.INTERNAL, "interrupted while uploading", e);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static void await(Future<Boolean> upload) throws IOException, InterruptedException {
    try {
      upload.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case null, default -> throw new IllegalStateException("an upload failed", e.getCause());
      }
    }
  }
}
