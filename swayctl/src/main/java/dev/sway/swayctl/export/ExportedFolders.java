package dev.sway.swayctl.export;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// Remembers which image was exported from which folder, outside the folder: one file for each, in
/// the user's state folder, named after the SHA-256 of the folder's real path.
///
/// Files are replaced atomically, so exports at the same time do not disturb each other.
public final class ExportedFolders {
  private static final int MAX_BYTES = 64 << 10;

  private final Path files;

  /// @param state the user's state folder
  public ExportedFolders(Path state) {
    files = state.resolve("exports");
  }

  /// What a file holds.
  ///
  /// @param folder the real path, for people
  /// @param image `NAME:TAG`
  record Remembered(String folder, String image) {}

  /// From now on `image` is the image of `folder`.
  public void remember(Path folder, ImageName image) throws IOException {
    Path real = folder.toRealPath();
    Path file = file(real);
    byte[] bytes = WireJson.write(new Remembered(real.toString(), image.toString()));
    try {
      StateFile.write(file, bytes);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  /// The image last exported from `folder`, if any.
  ///
  /// @throws SwayException of kind `corrupt` where the file is damaged
  public Optional<ImageName> imageOf(Path folder) throws IOException {
    Path file;
    byte[] bytes;
    try {
      file = file(folder.toRealPath());
    } catch (IOException e) {
      // A folder that is gone has no image.
      return Optional.empty();
    }
    try (var in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    try {
      return Optional.of(
          ImageName.parse(WireJson.read(bytes, Remembered.class, "its content").image()));
    } catch (SwayException e) {
      throw new CorruptException(
          file.toString(), e.getMessage() + "; delete it and export the folder again", e);
    }
  }

  private Path file(Path realFolder) {
    Digest digest = Digest.of(realFolder.toString().getBytes(StandardCharsets.UTF_8));
    return files.resolve(digest.hex() + ".json");
  }
}
