package dev.sway.formats.hot;

import dev.sway.formats.id.Digest;
import dev.sway.formats.index.PackReference;
import java.util.List;

/// What is in a hot pack, as [HotMapFormat] has it. Immutable.
///
/// It is a hint as the profile is: what a segment holds counts once its proof leads to the roots
/// that the image's own index has ([HotProof]).
///
/// @param manifest the digest of the image's manifest
/// @param pack the hot pack
/// @param segments in the order of their first use, which is their order in the pack
public record HotMap(Digest manifest, PackReference pack, List<HotSegment> segments) {
  public HotMap {
    segments = List.copyOf(segments);
  }

  /// How many bytes of content it has.
  public long bytes() {
    return segments.stream().mapToLong(segment -> segment.location().length()).sum();
  }
}
