package dev.sway.blobd.api;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotMapReader;
import dev.sway.formats.id.Digest;

/// What both ends check of the map of a hot pack on its way.
public final class HotBody {
  private HotBody() {}

  /// Reads a map that must be of this image.
  ///
  /// @param name of its profile in errors
  /// @throws CorruptException where it is no map, or of another image
  /// @throws SwayException of kind `unsupported-version` where it is of another version
  public static HotMap read(byte[] bytes, Digest manifest, String name) throws SwayException {
    String file = "hot map of " + name;
    HotMap map = HotMapReader.read(bytes, file);
    if (!map.manifest().equals(manifest)) {
      throw new CorruptException(
          file, "is of the image %s, not of %s".formatted(map.manifest(), manifest));
    }
    return map;
  }
}
