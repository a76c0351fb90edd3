package dev.sway.swayctl.export;

import dev.sway.blobd.client.BlobClient;
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
import java.util.List;
import java.util.Objects;
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

  /// Publishes an image without having it, where the server lacks nothing of it; tells whether.
  boolean publishKnown(Manifest manifest, ImageName name) throws IOException {
    Digest digest = Digest.of(ManifestWriter.write(manifest));
    Set<Digest> asked = new HashSet<>(manifest.blobs());
    asked.add(digest);
    if (!client.missing(asked).isEmpty()) {
      return false;
    }
    client.publish(name, digest);
    return true;
  }

  Pushed push(BuiltImage image, ImageName name) throws IOException {
    byte[] manifest = image.manifestBytes();
    Digest manifestDigest = Digest.of(manifest);
    Set<Digest> asked = new HashSet<>(image.manifest().blobs());
    asked.add(manifestDigest);
    Set<Digest> missing = client.missing(asked);
    List<Upload> uploads = new ArrayList<>();
    long bytes = 0;
    for (Digest digest : missing) {
      if (!digest.equals(manifestDigest)) {
        Path file = Objects.requireNonNull(image.blobs().get(digest), "a blob without a file");
        uploads.add(new Upload(digest, file));
        bytes += Files.size(file);
      }
    }
    if (missing.contains(manifestDigest)) {
      bytes += manifest.length;
    }
    progress.phase("uploading", bytes);
    upload(uploads);
    if (missing.contains(manifestDigest)) {
      client.upload(manifestDigest, manifest);
      progress.advance(manifest.length);
    }
    client.publish(name, manifestDigest);
    return new Pushed(bytes, missing.size());
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
