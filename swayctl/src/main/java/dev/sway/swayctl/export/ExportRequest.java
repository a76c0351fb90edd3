package dev.sway.swayctl.export;

import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.id.ImageName;
import java.util.List;

/// What is asked of an export.
///
/// @param name that the image gets
/// @param threads that compress, at least 1
/// @param level of zstd, [ChunkEncoder#MIN_LEVEL] to [ChunkEncoder#MAX_LEVEL]
/// @param anew whether the image gets packs of its own, whatever is stored already
/// @param shareWith images to share packs with, beside the earlier ones of the same name
/// @param profiles whether it gets the profiles of the version before
/// @param dryRun whether nothing is uploaded and no name changes
public record ExportRequest(
    ImageName name,
    int threads,
    int level,
    boolean anew,
    List<ImageName> shareWith,
    boolean profiles,
    boolean dryRun) {
  public ExportRequest {
    shareWith = List.copyOf(shareWith);
  }

  /// Whether an image that an earlier export made of the same source will do.
  boolean takesEarlierBuild() {
    return !anew && level == ChunkEncoder.DEFAULT_LEVEL;
  }
}
