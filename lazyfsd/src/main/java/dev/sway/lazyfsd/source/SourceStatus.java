package dev.sway.lazyfsd.source;

/// What one server was asked for and gave, since this process started.
///
/// @param name what it is, and its address
/// @param state whether requests are sent: `closed` as a circuit is that lets all through, `open`
///   for a while after failures, `half-open` while one request tries, `slow` where others are asked
///   first for a while because they were faster
/// @param requests sent
/// @param bytes of packs received, whatever became of them
/// @param failures requests that did not give what was asked for, for whatever reason but `misses`
/// @param misses requests for what a peer does not have
/// @param hedges requests sent because another one was slow
/// @param quarantines how often a copy was put aside: missing, short, or not what its digest says
public record SourceStatus(
    String name,
    String state,
    long requests,
    long bytes,
    long failures,
    long misses,
    long hedges,
    long quarantines) {}
