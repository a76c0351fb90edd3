package dev.sway.blobd.store;

import dev.sway.formats.id.Digest;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Where the hot packs of a store are: readers know a pack's digest, and not whose it is. There are
/// as many as profiles, or a few more. Thread-safe.
final class HotPlaces {
  private final Map<Digest, Set<Path>> places = new ConcurrentHashMap<>();

  /// A file of this pack, of which several profiles may have one.
  Optional<BlobFile> find(Digest pack) {
    return places.getOrDefault(pack, Set.of()).stream()
        .findFirst()
        .map(file -> new BlobFile(pack, file));
  }

  void add(Digest pack, Path file) {
    change(pack, files -> files.add(file));
  }

  void remove(Digest pack, Path file) {
    change(pack, files -> files.remove(file));
  }

  @FunctionalInterface
  private interface Change {
    boolean of(Set<Path> files);
  }

  /// Sets are replaced and never changed, so that readers need no lock.
  private void change(Digest pack, Change change) {
    places.compute(
        pack,
        (_, known) -> {
          Set<Path> files = known == null ? new HashSet<>() : new HashSet<>(known);
          change.of(files);
          return files.isEmpty() ? null : files;
        });
  }
}
