package dev.sway.lazyfsd.api;

/// An image that something is to be done with in a worker's cache.
///
/// @param image `NAME[:TAG]` or the `sha256:...` of a manifest; empty to evict all that is not
///   pinned
public record CacheRequest(String image) {}
