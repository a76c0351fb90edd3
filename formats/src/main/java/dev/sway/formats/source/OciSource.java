package dev.sway.formats.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.LayerBlob;
import dev.sway.formats.manifest.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// An OCI image layout (OCI image specification 1.1, "Image Layout"), as a folder or in a tar.
final class OciSource implements ImageSource {
  private static final String INDEX = "index.json";
  private static final String REFERENCE_NAME = "org.opencontainers.image.ref.name";

  /// An index may name another index, for platforms; deeper nesting is a loop or a prank.
  private static final int MAX_INDEX_DEPTH = 4;

  private final BlobFiles files;
  private final String transport;
  private final RunConfig config;
  private final Digest id;
  private final List<LayerBlob> layers;

  private OciSource(
      BlobFiles files, String transport, RunConfig config, Digest id, List<LayerBlob> layers) {
    this.files = files;
    this.transport = transport;
    this.config = config;
    this.id = id;
    this.layers = layers;
  }

  static OciSource openFolder(Path folder, Optional<String> tag) throws IOException {
    return open(new FolderFiles(folder), SourceReference.Transport.OCI, tag);
  }

  static OciSource openArchive(Path file, String name, Optional<String> tag, Path work)
      throws IOException {
    return open(ArchiveFile.open(file, name, work), SourceReference.Transport.OCI_ARCHIVE, tag);
  }

  private static OciSource open(
      BlobFiles files, SourceReference.Transport transport, Optional<String> tag)
      throws IOException {
    try {
      String name = files.name();
      JsonNode index = ImageJson.parse(files.json(INDEX), name, INDEX);
      JsonNode manifest = manifest(files, choose(index, tag, name), 0);
      Digest configDigest = ImageJson.digest(manifest.path("config").path("digest").asText(), name);
      JsonNode image = document(files, configDigest);
      List<Digest> diffIds = ImageJson.diffIds(image, name);
      if (diffIds.size() != manifest.path("layers").size()) {
        throw new BadArchiveException(
            name,
            "its manifest names %d layers, its configuration %d"
                .formatted(manifest.path("layers").size(), diffIds.size()));
      }
      List<LayerBlob> layers = new ArrayList<>();
      for (JsonNode descriptor : manifest.path("layers")) {
        Digest digest = ImageJson.digest(descriptor.path("digest").asText(), name);
        BlobFiles.Located blob = files.require(path(digest));
        layers.add(
            new LayerBlob(
                name + ", layer " + digest,
                blob.file(),
                blob.offset(),
                blob.size(),
                Optional.of(digest),
                Optional.of(diffIds.get(layers.size()))));
      }
      return new OciSource(
          files,
          transport.word(),
          ImageJson.runConfig(image, name),
          configDigest,
          List.copyOf(layers));
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  private static JsonNode choose(JsonNode index, Optional<String> tag, String name)
      throws BadArchiveException {
    JsonNode manifests = index.path("manifests");
    List<String> tags = new ArrayList<>();
    for (JsonNode descriptor : manifests) {
      String reference = descriptor.path("annotations").path(REFERENCE_NAME).asText();
      if (tag.isPresent() ? reference.equals(tag.get()) : manifests.size() == 1) {
        return descriptor;
      }
      tags.add(reference);
    }
    throw new BadArchiveException(
        name,
        tag.map(wanted -> "has no image '" + wanted + "'")
                .orElse("has " + manifests.size() + " images")
            + "; name one of "
            + tags
            + " behind a colon");
  }

  private static JsonNode manifest(BlobFiles files, JsonNode descriptor, int depth)
      throws IOException {
    JsonNode document =
        document(files, ImageJson.digest(descriptor.path("digest").asText(), files.name()));
    if (!document.has("manifests")) {
      return document;
    }
    String architecture =
        System.getProperty("os.arch")
            .toLowerCase(Locale.ROOT)
            .replace("aarch64", "arm64")
            .replace("x86_64", "amd64");
    for (JsonNode candidate : document.path("manifests")) {
      JsonNode platform = candidate.path("platform");
      if (depth < MAX_INDEX_DEPTH
          && platform.path("architecture").asText().equals(architecture)
          && platform.path("os").asText().equals("linux")) {
        return manifest(files, candidate, depth + 1);
      }
    }
    throw new BadArchiveException(
        files.name(), "has no image for this machine's platform, linux/" + architecture);
  }

  private static JsonNode document(BlobFiles files, Digest digest) throws IOException {
    byte[] bytes = files.json(path(digest));
    Digest actual = Digest.of(bytes);
    if (!actual.equals(digest)) {
      throw new BadArchiveException(
          files.name(),
          path(digest) + " has the digest " + actual + "; it is damaged, make it again");
    }
    return ImageJson.parse(bytes, files.name(), path(digest));
  }

  private static String path(Digest digest) {
    return "blobs/sha256/" + digest.hex();
  }

  @Override
  public String transport() {
    return transport;
  }

  @Override
  public RunConfig config() {
    return config;
  }

  @Override
  public List<LayerBlob> layers() {
    return layers;
  }

  @Override
  public Optional<Digest> id() {
    return Optional.of(id);
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
