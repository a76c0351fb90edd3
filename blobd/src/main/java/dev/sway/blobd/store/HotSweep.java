package dev.sway.blobd.store;

import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Clears away what no profile has any more, when a store is opened: packs whose client never sent
/// a map, or whose map was replaced by a process that was killed then; maps without their pack;
/// both where the profile is gone, as after a version that knew of profiles only.
///
/// Why nothing is lost: the store's lock is held and no request is served yet, so nothing comes or
/// goes meanwhile. A client may have sent its pack to the process before this one and send the map
/// to this one, so what is younger than an hour stays. That hour is also what there is where a
/// folder is shared over a network whose locks do not hold: a pack has its final name only as a
/// whole, and its map follows within seconds. Were one removed nevertheless, its map would be
/// refused, or readers would not find the pack that it names and read the image's own.
///
/// @param layout of the store
/// @param parsing of its maps
record HotSweep(StoreLayout layout, MapParsing parsing) {
  private static final Duration AGE = Duration.ofHours(1);

  /// Clears away.
  ///
  /// @return the packs that stay
  List<HotFile> run() throws IOException {
    Instant before = Instant.now().minus(AGE);
    List<HotFile> packs = new ArrayList<>();
    for (Path file : new Folder(layout.hot()).files()) {
      Optional<Digest> manifest =
          Digest.parse("sha256:" + file.getFileName())
              .filter(digest -> layout.hot(digest).equals(file));
      if (manifest.isPresent() && Files.isDirectory(file)) {
        sweep(new HotFolder(layout, parsing, manifest.get()), before, packs);
      }
    }
    return List.copyOf(packs);
  }

  private void sweep(HotFolder folder, Instant before, List<HotFile> packs) throws IOException {
    List<HotFile> orphans = new ArrayList<>();
    for (Map.Entry<CommandKey, List<HotFile>> profile : folder.byKey().entrySet()) {
      for (HotFile file : unneeded(folder, profile.getKey(), profile.getValue())) {
        if (file.modified().isBefore(before)) {
          orphans.add(file);
        }
      }
      profile.getValue().stream()
          .filter(file -> !file.isMap() && !orphans.contains(file))
          .forEach(packs::add);
    }
    folder.delete(orphans);
  }

  private List<HotFile> unneeded(HotFolder folder, CommandKey key, List<HotFile> files)
      throws IOException {
    if (!Files.exists(layout.profile(folder.manifest(), key))) {
      return files;
    }
    Optional<HotFile> pack = folder.pack(key, files);
    return pack.isEmpty()
        ? files
        : files.stream().filter(file -> !file.isMap() && !file.equals(pack.get())).toList();
  }
}
