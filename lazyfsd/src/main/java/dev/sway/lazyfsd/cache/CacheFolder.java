package dev.sway.lazyfsd.cache;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.linux.FileFacts;
import dev.sway.lazyfsd.linux.NativeFile;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A cache's folder: the one place that knows its paths. Thread-safe.
///
/// | path | what |
/// |---|---|
/// | `HEX.pack` | the frames that are here of the pack with this digest, at their offsets |
/// | `HEX.frames` | which those are, a [PresenceLog] |
/// | `pins/HEX.json` | images that are to stay, see [Pins] |
/// | `users`, `evicting` | locked by processes, always empty |
final class CacheFolder implements AutoCloseable {
  /// What file systems hand out at least.
  static final long BLOCK = 4096;

  /// How long another process may take to clear up.
  private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final String DATA = ".pack";
  private static final String LOG = ".frames";

  private final Path path;
  private final NativeFile users;

  private CacheFolder(Path path, NativeFile users) {
    this.path = path;
    this.users = users;
  }

  /// Opens `path`, creates it where it is missing, and removes what is of no use where no other
  /// process uses it.
  static CacheFolder open(Path path) throws IOException {
    PrivateFolder.open(path);
    NativeFile users = NativeFile.open(path.resolve("users"));
    CacheFolder folder = new CacheFolder(path, users);
    try {
      if (users.tryLock(0, 1)) {
        folder.sweep();
      }
      if (!Patience.until(System.nanoTime() + SWEEP_NANOS, () -> users.tryShare(0, 1))) {
        throw new SwayException(
            FailureKind.IN_USE,
            path + ": another process has been clearing it up for 10 s; end that, or give another");
      }
      return folder;
    } catch (IOException | RuntimeException e) {
      users.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  Path data(Digest pack) {
    return path.resolve(pack.hex() + DATA);
  }

  Path log(Digest pack) {
    return path.resolve(pack.hex() + LOG);
  }

  Path pins() {
    return path.resolve("pins");
  }

  /// Locked by the one process that evicts.
  Path evicting() {
    return path.resolve("evicting");
  }

  /// Whether `pack` has a replica here.
  boolean has(Digest pack) {
    return Files.exists(data(pack)) && Files.exists(log(pack));
  }

  /// The packs that have a replica here.
  Set<Digest> packs() throws IOException {
    Set<Digest> packs = new HashSet<>();
    for (Path file : files()) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(DATA)) {
        digest(name.substring(0, name.length() - DATA.length())).ifPresent(packs::add);
      }
    }
    return packs;
  }

  private static Optional<Digest> digest(String hex) {
    return Digest.parse("sha256:" + hex);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /// How many bytes of the disk all files take.
  long allocated() throws IOException {
    long sum = 0;
    for (Path file : files()) {
      sum += allocated(file);
    }
    return sum;
  }

  private static long allocated(Path file) throws IOException {
    try {
      return FileFacts.of(file).allocated();
    } catch (NoSuchFileException e) {
      // A log that has just been replaced.
      return 0;
    }
  }

  /// Removes replicas with nothing in them, and what earlier versions or crashes have left.
  private void sweep() throws IOException {
    for (Path file : files()) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(".present") || name.endsWith(".new")) {
        Files.delete(file);
      }
    }
    for (Digest pack : packs()) {
      if (!Files.exists(log(pack)) || allocated(data(pack)) == 0) {
        Files.delete(data(pack));
        Files.deleteIfExists(log(pack));
      }
    }
  }

  @Override
  public void close() throws IOException {
    users.close();
  }
}
