package dev.sway.lazyfsd.client;

import java.io.IOException;

/// The run's own output cannot be written: no failure of the worker, and nothing to try again.
final class SinkException extends IOException {
  private final IOException failure;

  SinkException(IOException failure) {
    super(failure);
    this.failure = failure;
  }

  IOException failure() {
    return failure;
  }
}
