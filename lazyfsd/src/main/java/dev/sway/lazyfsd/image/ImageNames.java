package dev.sway.lazyfsd.image;

import dev.sway.blobd.client.Images;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.lazyfsd.linux.DurableWrite;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What images' names point at: what blobd says; where it cannot be reached, what it said last; and
/// where this process has not asked before, what was recorded of images that need no server, or
/// what the name pointed at when something ran by it. Thread-safe.
public final class ImageNames {
  private static final System.Logger LOG = System.getLogger(ImageNames.class.getName());
  private static final int MAX_RECORD_BYTES = 4096;

  /// Records of names have a colon.
  private static final String USED = "used.json";

  private final Path folder;
  private final Images images;
  private final UsedNames used;
  private final Map<ImageName, Digest> last = new ConcurrentHashMap<>();

  /// @param folder for what is recorded; created where it is missing
  /// @param images stays the caller's to close
  public ImageNames(Path folder, Images images) throws IOException {
    this.folder = PrivateFolder.open(folder);
    used = new UsedNames(folder.resolve(USED));
    this.images = images;
  }

  /// What is recorded of a name.
  private record Recorded(String name, Digest manifest) {}

  /// The digest of the manifest of `image`: `NAME[:TAG]`, or the `sha256:...` itself.
  ///
  /// @throws SwayException as from [#resolve(ImageName)], and of kind `usage` where it is neither
  public Digest resolve(String image) throws IOException {
    Optional<Digest> digest = Digest.parse(image);
    return digest.isPresent() ? digest.get() : resolve(ImageName.parse(image));
  }

  /// The digest of the manifest that `name` points at.
  ///
  /// @throws SwayException of kind `unknown-image` where there is no such name, `blobd-unreachable`
  ///   where blobd cannot be asked and the name is not known here
  public Digest resolve(ImageName name) throws IOException {
    try {
      Digest digest = images.resolve(name).manifest();
      last.put(name, digest);
      return digest;
    } catch (SwayException e) {
      Digest known = last.get(name);
      if (known == null && e.kind() == FailureKind.BLOBD_UNREACHABLE) {
        known = recorded(name).or(() -> used.get(name)).orElse(null);
      }
      if (e.kind() != FailureKind.BLOBD_UNREACHABLE || known == null) {
        throw e;
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}; {1} is taken for what it was before, {2}",
          e.getMessage(),
          name,
          known);
      return known;
    }
  }

  /// Something runs on `digest`, which `image` was resolved to: by its name it can be run again by
  /// a later process without blobd, as far as what it needs is here.
  public void use(String image, Digest digest) {
    if (Digest.parse(image).isPresent()) {
      return;
    }
    try {
      used.put(ImageName.parse(image), digest);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "what {0} points at cannot be noted for a later lazyfsd: {1}",
          image,
          e.toString());
    }
  }

  /// Records for the time without blobd, and for later processes, that `name` points at `digest`.
  public void record(ImageName name, Digest digest) throws IOException {
    DurableWrite.replace(file(name), WireJson.write(new Recorded(name.toString(), digest)));
  }

  /// Removes what is recorded of `name`, if anything.
  public void forget(ImageName name) throws IOException {
    if (Files.deleteIfExists(file(name))) {
      DurableWrite.forceFolder(folder);
    }
  }

  /// What was recorded of `name`.
  public Optional<Digest> recorded(ImageName name) throws IOException {
    Path file = file(name);
    try {
      if (Files.size(file) <= MAX_RECORD_BYTES) {
        Recorded record = WireJson.read(Files.readAllBytes(file), Recorded.class, file.toString());
        if (record.name().equals(name.toString())) {
          return Optional.of(record.manifest());
        }
      }
      LOG.log(System.Logger.Level.WARNING, "{0} is no record of {1}", file, name);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (SwayException e) {
      LOG.log(System.Logger.Level.WARNING, "{0}; it is left out", e.getMessage());
    }
    return Optional.empty();
  }

  /// A name has no `=`, and is as long with it as with its `/`.
  private Path file(ImageName name) {
    return folder.resolve(name.toString().replace('/', '=') + ".json");
  }
}
