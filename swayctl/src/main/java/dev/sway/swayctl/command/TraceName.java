package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceReader;
import dev.sway.lazyfsd.client.TraceClient;
import dev.sway.swayctl.explain.TraceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A trace as a user writes it: the id of a run of the worker, the file of a trace, or `-` for the
/// standard input. A file that looks like an id is the file.
///
/// @param text what the user wrote; not empty
record TraceName(String text) {
  private static final String RUN = "[0-9a-f]{12}";

  /// Calls the worker, which only those need that are no files.
  @FunctionalInterface
  interface Worker {
    TraceClient connect() throws SwayException;
  }

  /// The trace.
  Trace read(Surroundings surroundings, Worker worker) throws IOException {
    if (text.equals("-")) {
      return TraceFile.of(surroundings.in()).trace();
    }
    if (!text.matches(RUN) || Files.exists(surroundings.resolve(Path.of(text)))) {
      return TraceFile.of(surroundings.resolve(Path.of(text))).trace();
    }
    try (TraceClient client = worker.connect()) {
      return TraceReader.read(client.file(text), "of run " + text);
    }
  }

  /// The file of the trace that a worker has.
  ///
  /// @throws SwayException of kind `usage` where the text is no run's id
  byte[] file(TraceClient client) throws IOException {
    if (!text.matches(RUN)) {
      throw new SwayException(
          FailureKind.USAGE,
          "'%s' is no run's id, which is 12 hexadecimal digits; 'swayctl trace ls' lists them"
              .formatted(text));
    }
    return client.file(text);
  }
}
