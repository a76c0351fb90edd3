package dev.sway.formats.image;

import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.manifest.Manifest.PackBlob;
import dev.sway.formats.pack.PackSeriesWriter.PackFile;
import java.util.List;
import java.util.Map;

/// The files of an image, cut and stored.
///
/// @param chunks where each lies, by ordinal
/// @param blockRoots of the chunks' [dev.sway.formats.chunk.BlockTree]s, by ordinal
/// @param extents of each file that is not empty, by inode number
/// @param packs by ordinal: the new ones, then those of other images
/// @param written the new packs
/// @param reusedStored by the name of an image: how many bytes of its packs are used again
/// @param reusedContent how many bytes of content, uncompressed, they stand for
record StoredChunks(
    List<ChunkLocation> chunks,
    List<Digest> blockRoots,
    Map<Long, List<Extent>> extents,
    List<PackBlob> packs,
    List<PackFile> written,
    Map<String, Long> reusedStored,
    long reusedContent) {
  /// Packs of other images that may be used whatever the image's size.
  private static final int SPARE_PACKS = 64;

  /// A pack of this size is worth a file of its own.
  private static final long PACK_CONTENT = 16L << 20;

  /// Whether sharing packs with other images is worth it: not where most of what these packs hold
  /// is something else, which everybody who keeps this image would have to keep, nor where the
  /// image is scattered over many small ones.
  boolean isCompact() {
    List<PackBlob> reused = packs.subList(written.size(), packs.size());
    long content = reused.stream().mapToLong(PackBlob::contentSize).sum();
    return content - reusedContent <= reusedContent
        && reused.size() <= SPARE_PACKS + reusedContent / PACK_CONTENT;
  }
}
