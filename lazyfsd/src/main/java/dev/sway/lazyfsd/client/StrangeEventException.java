package dev.sway.lazyfsd.client;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import org.jspecify.annotations.Nullable;

/// A worker sent something that is not one of the events that should come now.
final class StrangeEventException extends SwayException {
  StrangeEventException(String message, @Nullable Throwable cause) {
    super(FailureKind.WORKER_UNREACHABLE, message, cause);
  }

  StrangeEventException(String message) {
    super(FailureKind.WORKER_UNREACHABLE, message);
  }
}
