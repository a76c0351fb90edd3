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

  /// Opens a folder; `tag` and `platform` choose among several images.
  static OciSource openFolder(Path folder, Optional<String> tag, Optional<Platform> platform)
      throws IOException {
    return open(new FolderFiles(folder), SourceReference.Transport.OCI, tag, platform);
  }

  /// Opens the archive `file`, called `name` in errors.
  static OciSource openArchive(
      Path file, String name, Optional<String> tag, Optional<Platform> platform, Path work)
      throws IOException {
    return open(
        ArchiveFile.open(file, name, work), SourceReference.Transport.OCI_ARCHIVE, tag, platform);
  }

  private static OciSource open(
      BlobFiles files,
      SourceReference.Transport transport,
      Optional<String> tag,
      Optional<Platform> platform)
      throws IOException {
    try {
      String name = files.name();
      JsonNode index = ImageJson.parse(files.json(INDEX), name, INDEX);
      Platform wanted = platform.orElseGet(Platform::machine);
      JsonNode manifest = manifest(files, choose(index, tag, wanted, name), wanted, 0);
      Digest configDigest = ImageJson.digest(manifest.path("config").path("digest").asText(), name);
      JsonNode image = document(files, configDigest);
      if (platform.isPresent() && !wanted.accepts(Platform.of(image))) {
        throw noImageFor(wanted, List.of(Platform.of(image).toString()), name);
      }
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

  private static JsonNode choose(JsonNode index, Optional<String> tag, Platform wanted, String name)
      throws BadArchiveException {
    List<JsonNode> chosen = new ArrayList<>();
    List<String> tags = new ArrayList<>();
    for (JsonNode descriptor : index.path("manifests")) {
      String reference = descriptor.path("annotations").path(REFERENCE_NAME).asText();
      if (tag.isEmpty() || reference.equals(tag.get())) {
        chosen.add(descriptor);
      }
      tags.add(reference);
    }
    if (chosen.size() == 1) {
      return chosen.getFirst();
    }
    // Some tools put the images of all platforms side by side, under one name or none.
    if (!chosen.isEmpty() && chosen.stream().allMatch(descriptor -> descriptor.has("platform"))) {
      return platformImage(chosen, wanted, name);
    }
    throw new BadArchiveException(
        name,
        tag.map(text -> "has no single image '" + text + "'")
                .orElse("has " + tags.size() + " images")
            + "; name one of "
            + tags
            + " behind a colon");
  }

  private static JsonNode manifest(BlobFiles files, JsonNode descriptor, Platform wanted, int depth)
      throws IOException {
    JsonNode document =
        document(files, ImageJson.digest(descriptor.path("digest").asText(), files.name()));
    if (!document.has("manifests")) {
      return document;
    }
    if (depth == MAX_INDEX_DEPTH) {
      throw new BadArchiveException(
          files.name(), "nests indexes of platforms deeper than " + MAX_INDEX_DEPTH);
    }
    List<JsonNode> candidates = new ArrayList<>();
    document.path("manifests").forEach(candidates::add);
    return manifest(files, platformImage(candidates, wanted, files.name()), wanted, depth + 1);
  }

  /// The first of `descriptors` whose platform will do.
  private static JsonNode platformImage(List<JsonNode> descriptors, Platform wanted, String name)
      throws BadArchiveException {
    List<String> found = new ArrayList<>();
    for (JsonNode descriptor : descriptors) {
      Platform platform = Platform.of(descriptor.path("platform"));
      if (wanted.accepts(platform)) {
        return descriptor;
      }
      found.add(platform.toString());
    }
    throw noImageFor(wanted, found, name);
  }

  private static BadArchiveException noImageFor(Platform wanted, List<String> found, String name) {
    return new BadArchiveException(
        name,
        "has no image for the platform %s; choose one of %s with --platform"
            .formatted(wanted, found));
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
