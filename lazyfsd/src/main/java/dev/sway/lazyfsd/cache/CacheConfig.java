package dev.sway.lazyfsd.cache;

import java.nio.file.Path;

/// Where a cache is, and how much it may take.
///
/// @param folder which several processes may share; created where it is missing
/// @param limits that it keeps; of several processes' the smallest count
/// @param memoryBytes that this process spends on decoded chunks; what it needs at least where that
///   is more
public record CacheConfig(Path folder, CacheLimits limits, long memoryBytes) {
  /// What is spent on decoded chunks unless told otherwise: some 170 of them.
  public static final long DEFAULT_MEMORY = 64L << 20;

  /// One with the usual memory.
  public CacheConfig(Path folder, CacheLimits limits) {
    this(folder, limits, DEFAULT_MEMORY);
  }
}
