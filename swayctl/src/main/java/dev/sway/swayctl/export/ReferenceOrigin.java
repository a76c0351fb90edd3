package dev.sway.swayctl.export;

import dev.sway.formats.source.ImageSource;
import dev.sway.formats.source.Platform;
import dev.sway.formats.source.SourceReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/// An image that is built already: what `--from` names.
///
/// @param reference to it, with an absolute path
/// @param platform which one of several
/// @param in the standard input
public record ReferenceOrigin(
    SourceReference reference, Optional<Platform> platform, InputStream in) implements Origin {
  @Override
  public ImageSource open(Path scratch) throws IOException {
    return reference.open(scratch, in, platform);
  }

  @Override
  public boolean isStream() {
    return reference.path().equals("-");
  }

  @Override
  public Optional<Path> file() {
    return reference.transport() == SourceReference.Transport.TAR && !isStream()
        ? Optional.of(Path.of(reference.path()))
        : Optional.empty();
  }
}
