package dev.sway.blobd.store;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.api.HotBody;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The hot packs and maps of one image. Whoever decides by what it shows holds the image's lock.
///
/// @param layout of the store
/// @param manifest of the image
record HotFolder(StoreLayout layout, Digest manifest) {
  /// So many packs of a profile may wait for their maps: those of as many workers that learnt from
  /// the same command at the same time.
  private static final int MAX_UNNAMED = 4;

  private static final Comparator<HotFile> NEWEST_FIRST =
      Comparator.comparing(HotFile::modified).reversed();

  /// Every pack and map.
  List<HotFile> files() throws SwayException {
    List<HotFile> files = new ArrayList<>();
    for (Path file : folder().files()) {
      HotFile.of(layout, manifest, file).ifPresent(files::add);
    }
    return List.copyOf(files);
  }

  /// Every pack and map, by the profile.
  Map<CommandKey, List<HotFile>> byKey() throws SwayException {
    return files().stream().collect(Collectors.groupingBy(HotFile::key));
  }

  /// The pack that a profile's map names; empty where there is no map, or a damaged one.
  Optional<Digest> named(CommandKey key) throws IOException {
    Path file = layout.hotMap(manifest, key);
    try {
      Optional<OpenFile> opened = OpenFile.open(file, HotMapFormat.MAX_BYTES);
      if (opened.isEmpty()) {
        return Optional.empty();
      }
      try (OpenFile map = opened.get()) {
        byte[] bytes = map.content().readAllBytes();
        return Optional.of(HotBody.read(bytes, manifest, key.hex()).pack().digest());
      }
    } catch (CorruptException | UnsupportedVersionException e) {
      return Optional.empty();
    }
  }

  /// What must go so that the pack `added` of a profile may stay: packs that wait for their maps,
  /// if the profile has many, and all of other profiles' from the oldest on, if the image has too
  /// much.
  List<HotFile> surplus(CommandKey key, Digest added) throws IOException {
    Map<CommandKey, List<HotFile>> byKey = byKey();
    Optional<Digest> named = named(key);
    List<HotFile> surplus =
        byKey.getOrDefault(key, List.of()).stream()
            .filter(file -> !file.isMap())
            .filter(pack -> !pack.pack().equals(Optional.of(added)) && !pack.pack().equals(named))
            .sorted(NEWEST_FIRST)
            .skip(MAX_UNNAMED - 1)
            .collect(Collectors.toCollection(ArrayList::new));
    long bytes = byKey.values().stream().mapToLong(HotFolder::packBytes).sum() - packBytes(surplus);
    byKey.remove(key);
    List<List<HotFile>> oldestFirst =
        byKey.values().stream().sorted(Comparator.comparing(HotFolder::newest)).toList();
    for (int i = 0; i < oldestFirst.size() && bytes > BlobdApi.MAX_HOT_BYTES; i++) {
      bytes -= packBytes(oldestFirst.get(i));
      surplus.addAll(oldestFirst.get(i));
    }
    return List.copyOf(surplus);
  }

  private static long packBytes(List<HotFile> files) {
    return files.stream().filter(file -> !file.isMap()).mapToLong(HotFile::bytes).sum();
  }

  private static Instant newest(List<HotFile> files) {
    return files.stream().map(HotFile::modified).max(Comparator.naturalOrder()).orElse(Instant.MIN);
  }

  /// Removes packs and maps, and makes that durable.
  void delete(List<HotFile> files) throws SwayException {
    folder().delete(files.stream().map(HotFile::file).toList());
  }

  private Folder folder() {
    return new Folder(layout.hot(manifest));
  }
}
