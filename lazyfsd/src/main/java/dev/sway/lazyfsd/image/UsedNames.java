package dev.sway.lazyfsd.image;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.lazyfsd.linux.AtomicWrite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// What the names of images that ran last pointed at, for the next process: a file, which a loss of
/// power may take. Thread-safe.
final class UsedNames {
  /// How many are remembered: those that were used last.
  static final int MOST = 256;

  private static final System.Logger LOG = System.getLogger(UsedNames.class.getName());

  /// Names have up to 200 bytes.
  private static final int MAX_FILE_BYTES = MOST * 512;

  private final Path file;

  /// By when they were used.
  private final LinkedHashMap<ImageName, Digest> names = new LinkedHashMap<>(16, 0.75f, true);

  private record Used(String name, Digest manifest) {}

  private record Content(List<Used> names) {}

  /// @param file which may be there or not; what is no such file is left out, and replaced
  UsedNames(Path file) throws IOException {
    this.file = file;
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        LOG.log(System.Logger.Level.WARNING, "{0} has too many bytes; it is left out", file);
        return;
      }
      Content content = WireJson.read(Files.readAllBytes(file), Content.class, file.toString());
      for (Used used : content.names()) {
        names.put(ImageName.parse(used.name()), used.manifest());
      }
    } catch (NoSuchFileException e) {
      // Nothing ran yet.
    } catch (SwayException e) {
      names.clear();
      LOG.log(System.Logger.Level.WARNING, "{0}; it is left out", e.getMessage());
    }
  }

  synchronized Optional<Digest> get(ImageName name) {
    return Optional.ofNullable(names.get(name));
  }

  /// Remembers that `name` pointed at `digest` when it was used. Writes where that is news.
  synchronized void put(ImageName name, Digest digest) throws IOException {
    if (digest.equals(names.put(name, digest))) {
      return;
    }
    if (names.size() > MOST) {
      names.pollFirstEntry();
    }
    List<Used> used = new ArrayList<>();
    names.forEach((one, manifest) -> used.add(new Used(one.toString(), manifest)));
    AtomicWrite.replace(file, WireJson.write(new Content(used)));
  }
}
