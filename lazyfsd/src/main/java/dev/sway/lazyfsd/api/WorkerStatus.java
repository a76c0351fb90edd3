package dev.sway.lazyfsd.api;

/// What a worker is doing.
///
/// @param program always `lazyfsd`
/// @param version of it
/// @param transport how images are mounted: `kernel` or `jnr`
/// @param mounts how many images are mounted
/// @param runs how many containers run
public record WorkerStatus(
    String program, String version, String transport, int mounts, int runs) {}
