package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/// One line of the answer to a request that fetches an image: [Progress] about once a second, then
/// [Done] or [Failed]. A stream that ends without one of these was cut off.
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
  @JsonSubTypes.Type(value = CacheEvent.Progress.class, name = "progress"),
  @JsonSubTypes.Type(value = CacheEvent.Done.class, name = "done"),
  @JsonSubTypes.Type(value = CacheEvent.Failed.class, name = "failed")
})
public sealed interface CacheEvent {
  /// How far it is.
  ///
  /// @param chunks that are there
  /// @param ofChunks that the image has; 0 while its index is fetched
  record Progress(long chunks, long ofChunks) implements CacheEvent {}

  /// It is done.
  ///
  /// @param result of it
  record Done(CacheResult result) implements CacheEvent {}

  /// It failed; what was fetched is kept.
  ///
  /// @param kind the word of a `FailureKind`
  /// @param message one line that says what, where and what to do
  record Failed(String kind, String message) implements CacheEvent {}
}
