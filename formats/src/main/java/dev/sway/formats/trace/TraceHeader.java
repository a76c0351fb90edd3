package dev.sway.formats.trace;

import dev.sway.formats.id.Digest;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What a trace is of.
///
/// @param run the run's id
/// @param image the name that the run was asked for with; a digest where it was one
/// @param manifest the digest of the image's manifest
/// @param command the identity of what was run
/// @param args the command line
/// @param started when the request for the run came
/// @param cold whether the image was mounted for this run, so that the kernel knew nothing of it
/// @param exitCode of the container; -1 where it did not end by itself
/// @param lost accesses that are not in the trace: there were too many, or they were made ahead of
///   a walk of a tree
/// @param fetchedBytes of packs while the run lasted, by whomever of this image
/// @param requests by how many requests
/// @param packBytes the size of the image's packs
/// @param prefetch what was brought ahead of the run
/// @param marks moments, in microseconds after `started`
public record TraceHeader(
    String run,
    String image,
    Digest manifest,
    CommandKey command,
    List<String> args,
    Instant started,
    boolean cold,
    int exitCode,
    long lost,
    long fetchedBytes,
    long requests,
    long packBytes,
    PrefetchSummary prefetch,
    Map<Mark, Long> marks) {
  public TraceHeader {
    args = List.copyOf(args);
    Map<Mark, Long> ordered = new EnumMap<>(Mark.class);
    ordered.putAll(marks);
    marks = Collections.unmodifiableMap(ordered);
  }

  /// The same with so many accesses that are not in the trace.
  public TraceHeader withLost(long count) {
    return new TraceHeader(
        run,
        image,
        manifest,
        command,
        args,
        started,
        cold,
        exitCode,
        count,
        fetchedBytes,
        requests,
        packBytes,
        prefetch,
        marks);
  }
}
