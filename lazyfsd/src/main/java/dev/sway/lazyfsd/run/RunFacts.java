package dev.sway.lazyfsd.run;

import dev.sway.formats.id.Digest;

/// What a worker must know of a run to go on with it after another worker has died. The holder
/// keeps it beside the run, so that it is there exactly as long as the run is.
///
/// @param id of the run
/// @param image its name or digest, as the request had it
/// @param digest of its manifest
/// @param command the first word of what runs, for messages
/// @param startedMillis when the request came, in milliseconds since 1970
/// @param mountSeconds how long it took to resolve the image's name and to have it mounted
/// @param coldMount whether it was mounted for this run
public record RunFacts(
    String id,
    String image,
    Digest digest,
    String command,
    long startedMillis,
    double mountSeconds,
    boolean coldMount) {
  RunId runId() {
    return new RunId(id);
  }
}
