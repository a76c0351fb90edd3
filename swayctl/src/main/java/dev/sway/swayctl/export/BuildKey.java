package dev.sway.swayctl.export;

import dev.sway.blobd.cli.Program;
import dev.sway.formats.id.Digest;
import dev.sway.formats.image.ImageBuilder;
import dev.sway.formats.index.IndexFormat;
import dev.sway.formats.manifest.ManifestFormat;
import dev.sway.formats.pack.PackFormat;
import dev.sway.formats.source.ImageSource;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/// Everything on which a built image depends: what is built, and what builds it. Where one key
/// equals another, so do the images, but for the packs that they share with others.
///
/// @param text for people who look into a record
record BuildKey(String text) {
  /// The key of `source`; empty where nothing tells it from others.
  ///
  /// @param stamp of its file before it was opened
  static Optional<BuildKey> of(ImageSource source, Optional<FileStamp> stamp) {
    Optional<String> identity =
        source.id().map(Digest::toString).or(() -> stamp.map(FileStamp::text));
    return identity.flatMap(known ->
        builder().map(builder -> new BuildKey(builder + " " + source.transport() + ":" + known)));
  }

  Digest digest() {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /// The formats' versions, and the builder's own; a version under development says little, so its
  /// file's size and time are added, which stand for how it cuts and compresses, too.
  private static Optional<String> builder() {
    CodeSource code = ImageBuilder.class.getProtectionDomain().getCodeSource();
    if (code == null) {
      return Optional.empty();
    }
    try {
      Path file = Path.of(code.getLocation().toURI());
      return Optional.of(
          "manifest=%d index=%d pack=%d builder=%s,%d,%s"
              .formatted(
                  ManifestFormat.VERSION,
                  IndexFormat.VERSION,
                  PackFormat.VERSION,
                  Program.version(BuildKey.class),
                  Files.size(file),
                  Files.getLastModifiedTime(file)));
    } catch (IOException | URISyntaxException e) {
      // A program that was replaced while it ran remembers nothing.
      return Optional.empty();
    }
  }
}
