package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/// What was done with an image in a worker's cache.
///
/// @param image as it was asked for
/// @param manifest its digest; empty where that of no image was asked for
/// @param chunks that were fetched, or evicted
/// @param bytes of these, as they are stored
/// @param packBytes the size of the image's packs in all
@JsonIgnoreProperties(ignoreUnknown = true)
public record CacheResult(String image, String manifest, long chunks, long bytes, long packBytes) {}
