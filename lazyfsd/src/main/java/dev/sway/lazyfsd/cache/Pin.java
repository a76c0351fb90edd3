package dev.sway.lazyfsd.cache;

import dev.sway.formats.id.Digest;
import java.util.List;
import java.util.Set;

/// An image that is to stay in the cache.
///
/// @param manifest its digest
/// @param names by which it was pinned, sorted
/// @param packs that it needs
/// @param bytes the size of these packs in all
/// @param promoted whether all of it is here and verified, so that it needs no server
public record Pin(
    Digest manifest, List<String> names, Set<Digest> packs, long bytes, boolean promoted) {
  public Pin {
    names = names.stream().sorted().distinct().toList();
    packs = Set.copyOf(packs);
  }
}
