package dev.sway.formats.read;

import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.fixture.SilentProgress;
import dev.sway.formats.id.Digest;
import dev.sway.formats.image.BuildOptions;
import dev.sway.formats.image.BuiltImage;
import dev.sway.formats.image.ImageBuilder;
import dev.sway.formats.image.KnownChunks;
import dev.sway.formats.source.SourceReference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Blobs in memory, which a test may damage, and what was asked of them. Many threads may read them
/// while none adds or damages one.
final class BuiltBlobs implements BlobSource {
  final Map<Digest, byte[]> blobs = new HashMap<>();
  final List<Integer> ranges = Collections.synchronizedList(new ArrayList<>());
  private final Path folder;

  /// No blobs yet; `folder` is for temporary files.
  BuiltBlobs(Path folder) {
    this.folder = folder;
  }

  /// Builds the image of a tar, keeps its blobs, and answers the digest of its manifest.
  Digest add(byte[] tar) throws IOException {
    return add(tar, new KnownChunks());
  }

  /// Likewise, on top of an image that was added before: what that has is not stored again.
  Digest addOn(Digest base, byte[] tar) throws IOException {
    KnownChunks known = new KnownChunks();
    try (StoredImage earlier = open(base)) {
      known.add("base", earlier.manifest(), earlier.index());
    }
    return add(tar, known);
  }

  private Digest add(byte[] tar, KnownChunks known) throws IOException {
    Path work = Files.createTempDirectory(folder, "work");
    Path file = Files.write(work.resolve("rootfs.tar"), tar);
    Path built = Files.createDirectory(work.resolve("built"));
    try (var source =
        SourceReference.parse("tar:" + file).open(work, InputStream.nullInputStream())) {
      BuildOptions options = new BuildOptions(2, ChunkEncoder.DEFAULT_LEVEL, known);
      BuiltImage image = new ImageBuilder(built, options, new SilentProgress()).build(source);
      for (Map.Entry<Digest, Path> blob : image.blobs().entrySet()) {
        blobs.put(blob.getKey(), Files.readAllBytes(blob.getValue()));
      }
      byte[] manifest = image.manifestBytes();
      blobs.put(Digest.of(manifest), manifest);
      return Digest.of(manifest);
    }
  }

  StoredImage open(Digest digest) throws IOException {
    return StoredImage.open(this, digest, Files.createTempDirectory(folder, "open"));
  }

  /// Damages a blob.
  void flipBit(Digest digest, int at) throws IOException {
    blob(digest)[at] ^= 1;
  }

  private byte[] blob(Digest digest) throws IOException {
    byte[] blob = blobs.get(digest);
    if (blob == null) {
      throw new SwayException(FailureKind.NOT_FOUND, "there is no blob " + digest);
    }
    return blob;
  }

  @Override
  public byte[] range(Digest digest, long offset, int length) throws IOException {
    byte[] blob = blob(digest);
    if (offset + length > blob.length) {
      throw new SwayException(FailureKind.CORRUPT, "blob " + digest + " is too short");
    }
    ranges.add(length);
    return Arrays.copyOfRange(blob, (int) offset, (int) offset + length);
  }

  @Override
  public InputStream stream(Digest digest) throws IOException {
    return new ByteArrayInputStream(blob(digest));
  }
}
