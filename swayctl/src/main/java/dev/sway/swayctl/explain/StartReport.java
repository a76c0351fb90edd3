package dev.sway.swayctl.explain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Why a start took as long as it did. Times are microseconds after the request for the run.
///
/// @param run the run's id
/// @param image the name that it was asked for with
/// @param manifest digest of the image's manifest
/// @param args the command line
/// @param started when the request came, in ISO 8601
/// @param cold whether the image was mounted for this run
/// @param exitCode of the container; -1 where it did not end by itself
/// @param endMicros when the container ended, or, where that is not known, the last thing that is
/// @param waitedMicros how long at least one request waited
/// @param waitedInAllMicros the waits of all requests together
/// @param bestMicros how long it takes when nothing has to wait
/// @param requests how many the kernel could not answer by itself
/// @param lost how many of them are not in the trace
/// @param phases of the start, in order; the prefetch, which goes on beside them, is the last
/// @param onDemand what was asked for, by where it came from
/// @param network what came from servers
/// @param prefetch what was brought before it was asked for
/// @param missed what a profile should have had; null where there was none
/// @param longest the requests that waited longest, the longest first
/// @param advice what follows from it, the most important first
public record StartReport(
    String run,
    String image,
    String manifest,
    List<String> args,
    String started,
    boolean cold,
    int exitCode,
    long endMicros,
    long waitedMicros,
    long waitedInAllMicros,
    long bestMicros,
    int requests,
    long lost,
    List<Phase> phases,
    List<OnDemand> onDemand,
    Network network,
    Prefetch prefetch,
    @Nullable Missed missed,
    List<Blocked> longest,
    List<String> advice) {
  /// The name of the phase of a prefetch.
  public static final String PREFETCH = "prefetch";

  /// A part of the start.
  ///
  /// @param waitedMicros how much of it at least one request waited
  public record Phase(String name, long fromMicros, long toMicros, long waitedMicros) {
    /// How long it takes.
    long micros() {
      return toMicros - fromMicros;
    }
  }

  /// What came from one place.
  ///
  /// @param readBytes of files
  /// @param waitedInAllMicros the waits of these requests together
  public record OnDemand(
      String from, int requests, int reads, long readBytes, long waitedInAllMicros) {}

  /// What came from servers while the run lasted.
  ///
  /// @param packBytes the size of all packs of the image
  public record Network(long requests, long fetchedBytes, long packBytes) {}

  /// What was brought before it was asked for, as a trace says it.
  ///
  /// @param chunks that were wanted, and segments of hot packs
  /// @param segments how many of these are segments
  public record Prefetch(
      String policy,
      String profile,
      String origin,
      long chunks,
      long segments,
      long fetchedBytes,
      long pushedBytes,
      String outcome) {}

  /// Reads that went to a server although there was a profile.
  ///
  /// @param waitedMicros how long at least one of them waited
  /// @param whilePrefetching how many came before the prefetch had ended
  /// @param paths of the files, the longest wait first, at most as many as are shown
  public record Missed(
      int files,
      int reads,
      long readBytes,
      long waitedMicros,
      int whilePrefetching,
      List<String> paths) {}

  /// A request that waited.
  public record Blocked(
      long micros,
      long waitMicros,
      String from,
      String operation,
      int process,
      String program,
      String path,
      long offset,
      int length,
      boolean failed) {}
}
