package dev.sway.swayctl.export;

import dev.sway.formats.source.ImageSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where an export's image comes from.
@FunctionalInterface
public interface Origin {
  /// Opens the image.
  ///
  /// @param scratch an empty folder for temporary files, which outlives the source
  ImageSource open(Path scratch) throws IOException;

  /// Whether the image can be read only once: nothing is remembered of such a one.
  default boolean isStream() {
    return false;
  }

  /// The one file that holds an image without an identity of its own.
  default Optional<Path> file() {
    return Optional.empty();
  }
}
