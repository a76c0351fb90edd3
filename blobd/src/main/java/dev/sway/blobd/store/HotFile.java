package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Optional;

/// A hot pack, or the map of one.
///
/// @param key of the profile that it belongs to
/// @param pack its digest; empty where it is a map
/// @param file where it is
/// @param bytes its size
/// @param modified when it was stored
record HotFile(CommandKey key, Optional<Digest> pack, Path file, long bytes, Instant modified) {
  /// What `file` is, if it is of the image `manifest` and still there.
  static Optional<HotFile> of(StoreLayout layout, Digest manifest, Path file) throws SwayException {
    String[] words = file.getFileName().toString().split("-", 2);
    Optional<CommandKey> key = CommandKey.parse(words[0]);
    Optional<Digest> pack =
        words.length == 1 ? Optional.empty() : Digest.parse("sha256:" + words[1]);
    if (key.isEmpty() || pack.isPresent() != (words.length == 2)) {
      return Optional.empty();
    }
    Path expected =
        pack.map(digest -> layout.hotPack(manifest, key.get(), digest))
            .orElseGet(() -> layout.hotMap(manifest, key.get()));
    if (!expected.equals(file)) {
      return Optional.empty();
    }
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return Optional.of(
          new HotFile(
              key.get(), pack, file, attributes.size(), attributes.lastModifiedTime().toInstant()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  boolean isMap() {
    return pack.isEmpty();
  }
}
