package dev.sway.formats.layer;

import java.io.IOException;

/// Something that can be read as a layer.
public interface LayerSource {
  /// For errors and progress.
  String name();

  /// How many bytes the reader will say it has read; 0 where nobody knows before.
  long size();

  /// Reads it, with the limits and the notices of `reader`, which reads all layers of an image.
  Layer read(LayerReader reader) throws IOException;
}
