package dev.sway.lazyfsd.api;

/// A run that a worker knows.
///
/// @param id of the run
/// @param image its name, as the request had it
/// @param digest of the image's manifest, `sha256:` and 64 hexadecimal digits
/// @param command the first word of what runs
/// @param state `running`; `ended` where its last events wait for their client
/// @param watched whether a client takes its events
/// @param started when the request came, in ISO 8601
public record RunInfo(
    String id,
    String image,
    String digest,
    String command,
    String state,
    boolean watched,
    String started) {}
