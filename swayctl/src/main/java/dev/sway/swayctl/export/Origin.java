package dev.sway.swayctl.export;

import dev.sway.formats.source.ImageSource;
import java.io.IOException;
import java.nio.file.Path;

/// Where an export's image comes from.
@FunctionalInterface
public interface Origin {
  /// Opens the image.
  ///
  /// @param scratch an empty folder for temporary files, which outlives the source
  ImageSource open(Path scratch) throws IOException;
}
