package dev.sway.formats.image;

import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.chunk.Cut;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.layer.Attributes;
import dev.sway.formats.tree.TreeInode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Where the large files of earlier images were cut. A file that is still the same is cut at the
/// same places, so that it is enough to hash what lies between them; whoever asks does so, and
/// believes nothing else. Not thread-safe while images are added; afterwards it is.
///
/// That equal digests prove an equal cut is due to the rules of [ChunkFormat]: whether a chunk ends
/// somewhere depends on its own bytes, and on where the file ends.
final class KnownCuts {
  /// A file that is as long, and was changed at the same time, is most likely the same one.
  private record KnownFile(long mtimeSeconds, int mtimeNanos, List<Cut> cuts) {}

  /// By how many bytes of data they have.
  private final Map<Long, List<KnownFile>> files = new HashMap<>();

  private long cuts;

  /// Adds the files of an image, unless it was cut by other rules.
  ///
  /// @param chunks of the index by ordinal
  /// @param most how many chunks are remembered in all
  void add(IndexReader index, List<ChunkLocation> chunks, int most) throws IOException {
    if (index.cutting() != ChunkFormat.CUTTING) {
      return;
    }
    index.read(session -> {
      session.extentTables(
          ChunkFormat.LARGE_FILE,
          (inode, extents) -> {
            if (cuts + extents.size() <= most) {
              add(session, inode, extents, chunks);
            }
          });
      return true;
    });
  }

  private void add(
      IndexSession session, long number, List<Extent> extents, List<ChunkLocation> chunks)
      throws dev.sway.formats.failure.CorruptException {
    InodeRecord inode = session.inode(number);
    List<Cut> found = cuts(extents, chunks);
    if (inode == null || found.isEmpty()) {
      return;
    }
    cuts += found.size();
    long stored = found.stream().mapToLong(Cut::length).sum();
    files
        .computeIfAbsent(stored, size -> new ArrayList<>(1))
        .add(new KnownFile(inode.mtimeSeconds(), inode.mtimeNanos(), found));
  }

  /// The chunks that `extents` are made of, one after another; none where some are not whole.
  private static List<Cut> cuts(List<Extent> extents, List<ChunkLocation> chunks) {
    List<Cut> found = new ArrayList<>(extents.size());
    int within = 0;
    for (Extent extent : extents) {
      if (extent.chunk() < 0 || extent.chunk() >= chunks.size()) {
        return List.of();
      }
      ChunkLocation chunk = chunks.get(extent.chunk());
      // What lies behind a hole is an extent of its own in the same chunk.
      if (extent.chunkOffset() != within
          || extent.length() < 1
          || extent.length() > chunk.length() - within
          || !Cut.isPossible(chunk.length())) {
        return List.of();
      }
      within += extent.length();
      if (within == chunk.length()) {
        found.add(new Cut(chunk.id(), within));
        within = 0;
      }
    }
    return within == 0 ? found : List.of();
  }

  /// The chunks that `file` most likely has, as long together as its data; none where no known file
  /// is as long.
  List<Cut> of(TreeInode file) {
    Attributes attributes = file.attributes();
    List<KnownFile> candidates =
        files.getOrDefault(Objects.requireNonNull(file.content()).data().stored(), List.of());
    return candidates.stream()
        .filter(known ->
            known.mtimeSeconds() == attributes.mtimeSeconds()
                && known.mtimeNanos() == attributes.mtimeNanos())
        .findFirst()
        .or(() -> candidates.stream().findFirst())
        .map(KnownFile::cuts)
        .orElse(List.of());
  }
}
