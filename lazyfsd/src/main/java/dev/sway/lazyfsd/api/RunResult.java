package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

/// How a run ended.
///
/// @param id of the run
/// @param exitCode the container's, 0 to 255; 128 plus the signal's number where one ended it
/// @param seconds where the time went
/// @param fetchedBytes how many bytes of packs the worker fetched while the run lasted, for
///   whatever run of the image
/// @param rangeRequests by how many requests
/// @param imagePackBytes the size of the image's packs in all
/// @param coldMount whether the image was mounted for this run
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunResult(
    String id,
    int exitCode,
    Seconds seconds,
    long fetchedBytes,
    long rangeRequests,
    long imagePackBytes,
    boolean coldMount) {
  /// Durations in seconds.
  ///
  /// @param total from the request to the end of the clean-up
  /// @param mount to resolve the image's name and have it mounted
  /// @param container from the start of runc to its end
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Seconds(double total, double mount, double container) {}
}
