package dev.sway.formats.source;

import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.LayerSource;
import dev.sway.formats.manifest.RunConfig;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// An image as some tool left it: what it runs, and its layers, the lowest first.
///
/// Layers can be read until the source is closed.
public interface ImageSource extends AutoCloseable {
  /// What kind of source this is, as skopeo names it.
  String transport();

  RunConfig config();

  List<? extends LayerSource> layers();

  /// The digest of the image's configuration; empty for a source without one.
  Optional<Digest> id();

  @Override
  void close() throws IOException;
}
