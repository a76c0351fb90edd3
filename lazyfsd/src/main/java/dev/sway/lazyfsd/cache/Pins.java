package dev.sway.lazyfsd.cache;

import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.linux.DurableWrite;
import dev.sway.lazyfsd.linux.FileFacts;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The images that are to stay in a cache, one JSON file each, so that every process that evicts
/// knows of those that the others have pinned. A pin is on the disk before anybody is told that it
/// is there. Thread-safe, except that one image is changed by one caller at a time.
public final class Pins {
  private static final System.Logger LOG = System.getLogger(Pins.class.getName());
  private static final String SUFFIX = ".json";

  /// Some 65,000 packs.
  private static final long MAX_BYTES = 8 << 20;

  /// How long the time of the folder's last change may not move although it is changed again: file
  /// systems take it from a clock that ticks, by up to two seconds.
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final Path folder;
  private volatile @Nullable Known known;

  /// What was read.
  ///
  /// @param changedNanos when the folder was changed last
  /// @param packs of all pinned images
  private record Known(long changedNanos, Set<Digest> packs) {}

  Pins(Path folder) throws IOException {
    this.folder = PrivateFolder.open(folder);
  }

  /// All pins, by no order. One that cannot be read is left out, and said so.
  public List<Pin> all() throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.filter(file -> file.toString().endsWith(SUFFIX)).toList();
    }
    List<Pin> pins = new ArrayList<>();
    for (Path file : files) {
      read(file).ifPresent(pins::add);
    }
    return pins;
  }

  /// The pin of the image with this manifest digest.
  public Optional<Pin> of(Digest manifest) throws IOException {
    return read(file(manifest));
  }

  /// The packs of all pinned images, whoever pinned them. As long as none is pinned or unpinned it
  /// costs a look at the folder's times.
  Set<Digest> packs() throws IOException {
    long changed = FileFacts.of(folder).changedNanos();
    Known before = known;
    if (before != null && before.changedNanos() == changed) {
      return before.packs();
    }
    Set<Digest> packs = new HashSet<>();
    for (Pin pin : all()) {
      packs.addAll(pin.packs());
    }
    boolean settled =
        TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - changed > TICK_NANOS;
    known = settled ? new Known(changed, Set.copyOf(packs)) : null;
    return packs;
  }

  /// Adds `pin`, or puts it in the place of what the same image has.
  ///
  /// @throws SwayException of kind `storage` where it cannot be written
  public void put(Pin pin) throws IOException {
    Path file = file(pin.manifest());
    try {
      DurableWrite.replace(file, WireJson.write(pin));
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  /// Removes the pin of an image; one that is not there is no failure.
  public void remove(Digest manifest) throws IOException {
    if (Files.deleteIfExists(file(manifest))) {
      DurableWrite.forceFolder(folder);
    }
  }

  private Path file(Digest manifest) {
    return folder.resolve(manifest.hex() + SUFFIX);
  }

  private static Optional<Pin> read(Path file) throws IOException {
    try {
      if (Files.size(file) <= MAX_BYTES) {
        return Optional.of(WireJson.read(Files.readAllBytes(file), Pin.class, file.toString()));
      }
      LOG.log(System.Logger.Level.WARNING, "{0} is no pin: it is too long", file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (SwayException e) {
      LOG.log(System.Logger.Level.WARNING, "{0}; that image is not pinned", e.getMessage());
    }
    return Optional.empty();
  }
}
