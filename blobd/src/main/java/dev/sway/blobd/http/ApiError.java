package dev.sway.blobd.http;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.sway.formats.failure.FailureKind;

/// The body of every answer that is an error: `{"error":{"kind":"not-found","message":"..."}}`.
///
/// @param error what went wrong
@JsonIgnoreProperties(ignoreUnknown = true)
public record ApiError(Detail error) {
  /// What went wrong.
  ///
  /// @param kind the word of a [FailureKind]
  /// @param message one line for people
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Detail(String kind, String message) {}

  /// The body for a failure.
  public static ApiError of(FailureKind kind, String message) {
    return new ApiError(new Detail(kind.word(), message));
  }

  /// The HTTP status that goes with a kind.
  public static int status(FailureKind kind) {
    return switch (kind) {
      case USAGE, NO_SCRIPT, NO_DOCKERFILE, BAD_ARCHIVE -> 400;
      case UNAUTHORIZED -> 401;
      case PRIVILEGE -> 403;
      case NOT_FOUND, UNKNOWN_IMAGE -> 404;
      case INCOMPLETE, IN_USE -> 409;
      case CHANGED -> 412;
      case CORRUPT, UNSUPPORTED_VERSION -> 422;
      case BLOBD_UNREACHABLE, WORKER_UNREACHABLE -> 502;
      case STORAGE -> 507;
      case INTERNAL, BUILDER, NO_RUNC, MOUNT, RUN, NOT_EXECUTABLE, COMMAND_NOT_FOUND -> 500;
    };
  }
}
