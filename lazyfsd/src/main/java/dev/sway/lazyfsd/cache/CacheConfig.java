package dev.sway.lazyfsd.cache;

import java.nio.file.Path;

/// Where a cache is, and how much it may take.
///
/// @param folder which several processes may share; created where it is missing
/// @param limits that it keeps; of several processes' the smallest count
public record CacheConfig(Path folder, CacheLimits limits) {}
