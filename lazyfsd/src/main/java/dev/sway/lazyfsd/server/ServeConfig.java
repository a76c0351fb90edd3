package dev.sway.lazyfsd.server;

import dev.sway.blobd.http.ListenAddress;
import java.nio.file.Path;
import java.util.Optional;

/// What `lazyfsd serve` was told.
///
/// @param state the folder for caches, mounts and runs
/// @param listen where to listen
/// @param tokens the file of tokens that guard runs; without it runs are open on loopback
public record ServeConfig(Path state, ListenAddress listen, Optional<Path> tokens) {}
