package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/// What a worker is doing.
///
/// @param program always `lazyfsd`
/// @param version of it
/// @param transport how images are mounted: `kernel` or `jnr`
/// @param mounts how many images are mounted
/// @param runs how many containers run
/// @param rehearsal of starts: `pending` until it is over, then `done` or `failed`; `off` where
///   there is none
/// @param sources where packs come from, in the order in which they are asked
@JsonIgnoreProperties(ignoreUnknown = true)
public record WorkerStatus(
    String program,
    String version,
    String transport,
    int mounts,
    int runs,
    String rehearsal,
    List<Source> sources) {
  public WorkerStatus {
    sources = List.copyOf(sources);
  }

  /// A server that has packs, and what came of asking it since the worker started.
  ///
  /// @param name what it is, and its address
  /// @param state whether it is asked: `closed` as a circuit is, `open` for a while after failures,
  ///   `half-open` while one request tries whether it answers again, `slow` for a while where
  ///   others were faster, and are asked first
  /// @param requests sent to it
  /// @param bytes of packs received from it, whatever became of them
  /// @param failures requests to it that did not give what was asked for, but `misses`
  /// @param misses requests to it, a peer, for what it does not have
  /// @param hedges requests sent to it because another one was slow
  /// @param quarantines how often a copy of it was put aside: missing, short, or not what its
  ///   digest says
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Source(
      String name,
      String state,
      long requests,
      long bytes,
      long failures,
      long misses,
      long hedges,
      long quarantines) {}
}
