package dev.sway.lazyfsd.image;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.lazyfsd.linux.AtomicWrite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  /// Whether the file lacks something: the disk was full.
  private boolean unwritten;

  private record Used(String name, Digest manifest) {}

  private record Content(List<@Nullable Used> names) {}

  /// @param file which may be there or not; what is no such file, or cannot be read, is left out
  UsedNames(Path file) {
    this.file = file;
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      // Nothing ran yet.
      return;
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      leftOut("it is no regular file");
      return;
    }
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        leftOut("it has too many bytes");
        return;
      }
      Content content = WireJson.read(Files.readAllBytes(file), Content.class, "its content");
      for (Used used : content.names()) {
        if (used == null) {
          throw new SwayException(FailureKind.CORRUPT, "it has an empty entry");
        }
        names.put(ImageName.parse(used.name()), used.manifest());
      }
    } catch (IOException | RuntimeException e) {
      names.clear();
      leftOut(e instanceof SwayException ? String.valueOf(e.getMessage()) : e.toString());
    }
  }

  private void leftOut(String why) {
    LOG.log(System.Logger.Level.WARNING, "{0} is left out: {1}", file, why);
  }

  synchronized Optional<Digest> get(ImageName name) {
    return Optional.ofNullable(names.get(name));
  }

  /// Remembers that `name` pointed at `digest` when it was used. Writes where that is news; the
  /// order of use goes with it.
  synchronized void put(ImageName name, Digest digest) throws IOException {
    if (digest.equals(names.put(name, digest)) && !unwritten) {
      return;
    }
    unwritten = true;
    if (names.size() > MOST) {
      names.pollFirstEntry();
    }
    List<@Nullable Used> used = new ArrayList<>();
    names.forEach((one, manifest) -> used.add(new Used(one.toString(), manifest)));
    AtomicWrite.replace(file, WireJson.write(new Content(used)));
    unwritten = false;
  }
}
