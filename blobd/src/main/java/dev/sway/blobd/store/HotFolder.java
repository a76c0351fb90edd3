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
/// @param parsing of its maps
/// @param manifest of the image
record HotFolder(StoreLayout layout, MapParsing parsing, Digest manifest) {
  /// So many packs of a profile may wait for their maps: those of as many workers that learnt from
  /// the same command at the same time.
  private static final int MAX_WAITING = 4;

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
    return parsing.run(() -> parsed(key));
  }

  private Optional<Digest> parsed(CommandKey key) throws IOException {
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

  /// The pack that a profile's map names, if `files` of that profile have both. A map and a single
  /// pack are taken for one another's: whoever asks for all profiles is not to read all maps.
  Optional<HotFile> pack(CommandKey key, List<HotFile> files) throws IOException {
    List<HotFile> packs = files.stream().filter(file -> !file.isMap()).toList();
    if (packs.size() == files.size()) {
      return Optional.empty();
    }
    if (packs.size() == 1) {
      return Optional.of(packs.getFirst());
    }
    Optional<Digest> named = named(key);
    return packs.stream().filter(pack -> pack.pack().equals(named)).findFirst();
  }

  /// What must go so that the pack `added` of a profile may stay: packs that wait for their maps,
  /// if the profile has many; and if the image has too much, all that other profiles have, those
  /// first that have no map, then from the oldest on.
  List<HotFile> surplus(CommandKey key, Digest added) throws IOException {
    Map<CommandKey, List<HotFile>> byKey = byKey();
    List<HotFile> surplus =
        new ArrayList<>(waiting(key, byKey.getOrDefault(key, List.of()), added));
    long bytes = byKey.values().stream().mapToLong(HotFolder::packBytes).sum() - packBytes(surplus);
    byKey.remove(key);
    List<List<HotFile>> others =
        byKey.values().stream()
            .sorted(Comparator.comparing(HotFolder::hasMap).thenComparing(HotFolder::newest))
            .toList();
    for (int i = 0; i < others.size() && bytes > BlobdApi.MAX_HOT_BYTES; i++) {
      bytes -= packBytes(others.get(i));
      surplus.addAll(others.get(i));
    }
    return List.copyOf(surplus);
  }

  private List<HotFile> waiting(CommandKey key, List<HotFile> files, Digest added)
      throws IOException {
    Optional<HotFile> named = pack(key, files);
    return files.stream()
        .filter(file -> !file.isMap() && !file.pack().equals(Optional.of(added)))
        .filter(pack -> !named.equals(Optional.of(pack)))
        .sorted(Comparator.comparing(HotFile::modified).reversed())
        .skip(MAX_WAITING - 1)
        .toList();
  }

  private static boolean hasMap(List<HotFile> files) {
    return files.stream().anyMatch(HotFile::isMap);
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
