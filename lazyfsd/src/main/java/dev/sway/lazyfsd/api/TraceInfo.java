package dev.sway.lazyfsd.api;

/// A trace that a worker has.
///
/// @param run the id of its run
/// @param bytes of the file
/// @param written when, ISO 8601 in UTC
public record TraceInfo(String run, long bytes, String written) {
  /// The largest file of a trace.
  public static final int MAX_BYTES = 16 << 20;
}
