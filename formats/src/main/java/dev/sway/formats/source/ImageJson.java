package dev.sway.formats.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.RunConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The JSON documents of docker archives and OCI layouts (OCI image specification 1.1, "Image
/// Configuration").
final class ImageJson {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ImageJson() {}

  /// Parses `bytes`, the document `path` of the archive `name`.
  static JsonNode parse(byte[] bytes, String name, String path) throws BadArchiveException {
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new BadArchiveException(name, path + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new BadArchiveException(name, path + " cannot be read", e);
    }
  }

  /// The run configuration in an image configuration.
  static RunConfig runConfig(JsonNode image, String name) throws BadArchiveException {
    JsonNode config = image.path("config");
    Map<String, String> labels = new TreeMap<>();
    config
        .path("Labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
    try {
      return new RunConfig(
          image.path("architecture").asText(""),
          image.path("os").asText("linux"),
          config.path("User").asText(""),
          config.path("WorkingDir").asText(""),
          strings(config.path("Env")),
          strings(config.path("Entrypoint")),
          strings(config.path("Cmd")),
          labels,
          config.path("StopSignal").asText(""));
    } catch (IllegalArgumentException e) {
      throw new BadArchiveException(
          name, "its image configuration is refused: " + e.getMessage(), e);
    }
  }

  /// The digests of the uncompressed layers in an image configuration, the lowest first.
  static List<Digest> diffIds(JsonNode image, String name) throws BadArchiveException {
    List<Digest> ids = new ArrayList<>();
    for (String id : strings(image.path("rootfs").path("diff_ids"))) {
      ids.add(digest(id, name));
    }
    return ids;
  }

  static Digest digest(String text, String name) throws BadArchiveException {
    return Digest.parse(text)
        .orElseThrow(() -> new BadArchiveException(name, "'" + text + "' is not a SHA-256 digest"));
  }

  static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(element -> strings.add(element.asText()));
    return strings;
  }
}
