package dev.sway.swayctl.export;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestReader;
import dev.sway.formats.manifest.ManifestWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Remembers the manifests that sources became, so that an unchanged source is not read again: a
/// file for each in the user's state folder, named after the SHA-256 of its [BuildKey].
///
/// A file that is damaged, or of another version, counts as none. Files are replaced atomically, so
/// exports at the same time do not disturb each other. At most [#MAX_ENTRIES] are kept, the last
/// written ones.
public final class RememberedBuilds {
  static final int MAX_ENTRIES = 256;

  /// A manifest of 5,000 packs, 160 GB, and its quotation marks escaped.
  private static final int MAX_BYTES = 1 << 20;

  private final Path files;

  /// @param state the user's state folder
  public RememberedBuilds(Path state) {
    files = state.resolve("builds");
  }

  /// What a file holds.
  ///
  /// @param key the text of the key, of which the file's name is the digest
  /// @param digest of the manifest
  /// @param manifest its canonical JSON
  record Build(String key, Digest digest, String manifest) {}

  /// What the source of `key` became when it was last built.
  Optional<Manifest> find(BuildKey key) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file(key))) {
      bytes = in.readNBytes(MAX_BYTES);
      Build build = WireJson.read(bytes, Build.class, "a remembered build");
      return build.key().equals(key.text())
          ? Optional.of(
              ManifestReader.read(
                  build.manifest().getBytes(StandardCharsets.UTF_8), build.digest()))
          : Optional.empty();
    } catch (IOException e) {
      // It is not there, or says nothing: the image is built, and remembered anew.
      return Optional.empty();
    }
  }

  /// From now on the source of `key` is known to become `manifest`. One that is too large to keep
  /// is not remembered.
  ///
  /// @throws SwayException of kind `storage`
  void remember(BuildKey key, Manifest manifest) throws IOException {
    byte[] canonical = ManifestWriter.write(manifest);
    byte[] bytes =
        WireJson.write(
            new Build(
                key.text(), Digest.of(canonical), new String(canonical, StandardCharsets.UTF_8)));
    if (bytes.length > MAX_BYTES) {
      return;
    }
    try {
      StateFile.write(file(key), bytes);
      dropOldest();
    } catch (IOException e) {
      throw Failures.storage(files, e);
    }
  }

  /// What an export left that was killed while it wrote, counts as a file.
  private void dropOldest() throws IOException {
    record Aged(Path file, long written) {}

    List<Aged> all;
    try (Stream<Path> listed = Files.list(files)) {
      // One that another export has just dropped is as old as can be.
      all =
          listed
              .map(file -> new Aged(file, file.toFile().lastModified()))
              .sorted(Comparator.comparingLong(Aged::written))
              .toList();
    }
    for (Aged aged : all.subList(0, Math.max(0, all.size() - MAX_ENTRIES))) {
      Files.deleteIfExists(aged.file());
    }
  }

  private Path file(BuildKey key) {
    return files.resolve(key.digest().hex() + ".json");
  }
}
