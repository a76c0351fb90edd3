package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/// One line of the answer to a run.
///
/// The first is [Started]; [Output]s follow as the container writes; [Exited] or [Failed] is the
/// last. A stream that ends without one of these was cut off. While nothing happens an [Alive]
/// comes every second or so.
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
  /// @param id of the run
  record Started(String id) implements RunEvent {}

  /// Bytes that the container wrote, in order and unchanged.
  ///
  /// @param stream 1 for stdout, 2 for stderr
  /// @param data the bytes
  record Output(int stream, byte[] data) implements RunEvent {}

  /// The run goes on.
  record Alive() implements RunEvent {}

  /// The container ended.
  ///
  /// @param result of it
  record Exited(RunResult result) implements RunEvent {}

  /// The container could not be started, or was lost.
  ///
  /// @param kind the word of a `FailureKind`
  /// @param message one line that says what, where and what to do
  record Failed(String kind, String message) implements RunEvent {}
}
