package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/// What a worker's cache holds and did.
///
/// @param path its folder on the worker
/// @param maxBytes of the disk that it may take; -1 where that is not bounded
/// @param minFree the share of the file system, from 0 to 1, that is to stay free
/// @param allocatedBytes of the disk that it takes
/// @param freeBytes of its file system
/// @param totalBytes of its file system
/// @param packs of which it has something
/// @param chunks that it has
/// @param chunkBytes of these, as they are stored
/// @param evictedBytes of chunks, since the worker started
/// @param notKept chunks that were fetched and could not be kept, since the worker started
/// @param pinned images that are not evicted
@JsonIgnoreProperties(ignoreUnknown = true)
public record CacheStatus(
    String path,
    long maxBytes,
    double minFree,
    long allocatedBytes,
    long freeBytes,
    long totalBytes,
    int packs,
    long chunks,
    long chunkBytes,
    long evictedBytes,
    long notKept,
    List<PinnedImage> pinned) {
  public CacheStatus {
    pinned = List.copyOf(pinned);
  }

  /// An image that is not evicted.
  ///
  /// @param names by which it was pinned
  /// @param manifest its digest
  /// @param packBytes the size of its packs in all
  /// @param promoted whether all of it is there and verified, so that it needs no server
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record PinnedImage(List<String> names, String manifest, long packBytes, boolean promoted) {
    public PinnedImage {
      names = List.copyOf(names);
    }
  }
}
