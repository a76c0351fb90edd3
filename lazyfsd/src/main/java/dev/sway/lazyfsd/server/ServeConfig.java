package dev.sway.lazyfsd.server;

import dev.sway.blobd.http.ListenAddress;
import dev.sway.lazyfsd.cache.CacheConfig;
import dev.sway.lazyfsd.holder.HolderLauncher;
import dev.sway.lazyfsd.source.SourceConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// What `lazyfsd serve` was told.
///
/// @param state the folder for caches, mounts and runs
/// @param cache where what is fetched is kept
/// @param fill when the rest of an image is fetched, after it was mounted; empty for never
/// @param listen where to listen
/// @param peerListen where other workers may ask for what is in the cache; empty where they may not
/// @param sources where packs come from
/// @param holder starts the process that keeps what outlives this one
/// @param tokens the file of tokens that guard runs; without it runs are open on loopback
/// @param grace how long a run may be without a client that watches it
/// @param rehearsal for how long no run is to have been starting before starts are rehearsed; empty
///   for never
/// @param before the one that uses the state folder and is about to leave it
public record ServeConfig(
    Path state,
    CacheConfig cache,
    Optional<Duration> fill,
    ListenAddress listen,
    Optional<ListenAddress> peerListen,
    SourceConfig sources,
    HolderLauncher holder,
    Optional<Path> tokens,
    Duration grace,
    Optional<Duration> rehearsal,
    Predecessor before) {
  /// The same, after another lazyfsd.
  public ServeConfig after(Predecessor other) {
    return new ServeConfig(
        state, cache, fill, listen, peerListen, sources, holder, tokens, grace, rehearsal, other);
  }
}
