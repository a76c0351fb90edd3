package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/// One line of the answer to a run.
///
/// The first is [Started]; [Output]s follow as the container writes; [Exited] or [Failed] is the
/// last. A stream that ends without one of these was cut off, and can be had again from any event
/// on that was not acknowledged. While nothing happens an [Alive] comes every second or so.
///
/// All but [Alive] have a number: 1, 2, 3 and so on in the order of the run, the same whenever an
/// event is sent again.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
  @JsonSubTypes.Type(value = RunEvent.Started.class, name = "started"),
  @JsonSubTypes.Type(value = RunEvent.Output.class, name = "output"),
  @JsonSubTypes.Type(value = RunEvent.Alive.class, name = "alive"),
  @JsonSubTypes.Type(value = RunEvent.Exited.class, name = "exited"),
  @JsonSubTypes.Type(value = RunEvent.Failed.class, name = "failed")
})
public sealed interface RunEvent {
  /// The request is accepted.
  ///
  /// @param seq its number, 1
  /// @param id of the run
  record Started(long seq, String id) implements RunEvent {}

  /// Bytes that the container wrote, in order and unchanged.
  ///
  /// @param seq its number
  /// @param stream 1 for stdout, 2 for stderr
  /// @param data the bytes
  record Output(long seq, int stream, byte[] data) implements RunEvent {}

  /// The run goes on.
  record Alive() implements RunEvent {}

  /// The container ended.
  ///
  /// @param seq its number
  /// @param result of it
  record Exited(long seq, RunResult result) implements RunEvent {}

  /// The container could not be started, or was lost.
  ///
  /// @param seq its number
  /// @param kind the word of a `FailureKind`
  /// @param message one line that says what, where and what to do
  record Failed(long seq, String kind, String message) implements RunEvent {}
}
