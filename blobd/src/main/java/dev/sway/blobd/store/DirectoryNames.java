package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// Names as one small JSON file each:
/// `{"name":"scipy:latest","manifest":"sha256:...","modified":"..."}`, replaced atomically.
final class DirectoryNames implements NameStore {
  private final StoreLayout layout;

  DirectoryNames(StoreLayout layout) {
    this.layout = layout;
  }

  private record Entry(String name, Digest manifest, String modified) {}

  @Override
  public Optional<StoredName> find(ImageName name) throws IOException {
    return read(layout.name(name));
  }

  @Override
  public List<StoredName> list() throws IOException {
    List<StoredName> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(layout.names())) {
      for (Path file : files) {
        if (layout.isName(file)) {
          read(file).ifPresent(names::add);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw Failures.storage(layout.names(), Objects.requireNonNull(e.getCause()));
    } catch (IOException e) {
      throw Failures.storage(layout.names(), e);
    }
    names.sort(Comparator.comparing(StoredName::name));
    return List.copyOf(names);
  }

  @Override
  public StoredName put(ImageName name, Digest manifest) throws IOException {
    StoredName stored =
        new StoredName(name, manifest, Instant.now().truncatedTo(ChronoUnit.MILLIS));
    byte[] bytes =
        WireJson.write(new Entry(name.toString(), manifest, stored.modified().toString()));
    try (PendingFile file = PendingFile.create(layout.newTemporary())) {
      file.write(bytes, 0, bytes.length);
      file.publish(layout.name(name));
    }
    return stored;
  }

  @Override
  public Optional<StoredName> remove(ImageName name) throws IOException {
    Path file = layout.name(name);
    Optional<StoredName> stored = read(file);
    try {
      if (stored.isPresent() && !Files.deleteIfExists(file)) {
        return Optional.empty();
      }
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    // Also where nothing is there: whoever took it away may not have made that durable yet.
    PendingFile.sync(layout.names());
    return stored;
  }

  private Optional<StoredName> read(Path file) throws SwayException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    try {
      Entry entry = WireJson.read(bytes, Entry.class, "the file");
      ImageName name = ImageName.parse(entry.name());
      if (!layout.name(name).equals(file)) {
        throw new CorruptException(file.toString(), "holds the name " + name + "; copied by hand?");
      }
      return Optional.of(new StoredName(name, entry.manifest(), Instant.parse(entry.modified())));
    } catch (CorruptException e) {
      throw e;
    } catch (SwayException | DateTimeException e) {
      throw new CorruptException(
          file.toString(), e.getMessage() + "; remove it and export the image again", e);
    }
  }
}
