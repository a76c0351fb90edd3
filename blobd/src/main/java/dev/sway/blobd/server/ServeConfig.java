package dev.sway.blobd.server;

import dev.sway.blobd.http.ListenAddress;
import java.nio.file.Path;
import java.util.Optional;

/// What `blobd serve` was told.
///
/// @param store the directory with blobs and names, created where it is missing
/// @param listen where to listen
/// @param tokens the file of tokens that guard writes; without it writes are open on loopback
public record ServeConfig(Path store, ListenAddress listen, Optional<Path> tokens) {}
