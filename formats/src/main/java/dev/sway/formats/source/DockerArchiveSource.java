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

/// What `docker save`, `podman save` and `buildah push docker-archive:` write: `manifest.json`, a
/// configuration, a tar for each layer.
final class DockerArchiveSource implements ImageSource {
  private static final String MANIFEST = "manifest.json";

  private final BlobFiles files;
  private final RunConfig config;
  private final Digest id;
  private final List<LayerBlob> layers;

  private DockerArchiveSource(
      BlobFiles files, RunConfig config, Digest id, List<LayerBlob> layers) {
    this.files = files;
    this.config = config;
    this.id = id;
    this.layers = layers;
  }

  /// Opens the archive `file`, called `name` in errors; `tag` chooses among several images.
  static DockerArchiveSource open(Path file, String name, Optional<String> tag, Path work)
      throws IOException {
    ArchiveFile files = ArchiveFile.open(file, name, work);
    try {
      JsonNode chosen = choose(ImageJson.parse(files.json(MANIFEST), name, MANIFEST), tag, name);
      String configPath = chosen.path("Config").asText();
      byte[] configBytes = files.json(configPath);
      JsonNode image = ImageJson.parse(configBytes, name, configPath);
      List<Digest> diffIds = ImageJson.diffIds(image, name);
      List<String> paths = ImageJson.strings(chosen.path("Layers"));
      if (paths.size() != diffIds.size()) {
        throw new BadArchiveException(
            name,
            MANIFEST
                + " names %d layers, the image configuration %d"
                    .formatted(paths.size(), diffIds.size()));
      }
      List<LayerBlob> layers = new ArrayList<>();
      for (int i = 0; i < paths.size(); i++) {
        BlobFiles.Located layer = files.require(paths.get(i));
        layers.add(
            new LayerBlob(
                name + ", layer " + paths.get(i),
                layer.file(),
                layer.offset(),
                layer.size(),
                Optional.empty(),
                Optional.of(diffIds.get(i))));
      }
      return new DockerArchiveSource(
          files, ImageJson.runConfig(image, name), Digest.of(configBytes), List.copyOf(layers));
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  private static JsonNode choose(JsonNode manifest, Optional<String> tag, String name)
      throws BadArchiveException {
    List<String> all = new ArrayList<>();
    for (JsonNode image : manifest) {
      List<String> tags = ImageJson.strings(image.path("RepoTags"));
      if (tag.isPresent() ? tags.contains(tag.get()) : manifest.size() == 1) {
        return image;
      }
      all.addAll(tags);
    }
    throw new BadArchiveException(
        name,
        tag.map(wanted -> "has no image '" + wanted + "'")
                .orElse("has " + manifest.size() + " images")
            + "; name one of "
            + all
            + " as docker-archive:FILE:NAME:TAG");
  }

  @Override
  public String transport() {
    return SourceReference.Transport.DOCKER_ARCHIVE.word();
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
