package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceReader;
import dev.sway.lazyfsd.api.TraceInfo;
import dev.sway.lazyfsd.client.TraceClient;
import dev.sway.swayctl.explain.TraceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The trace that a command is about.
final class TraceOptions {
  private static final String RUN = "[0-9a-f]{12}";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "TRACE",
      description = {
        "The id of a run of the worker, or the file of a trace; - is the standard input.",
        "Default: the worker's last run."
      })
  String trace = "";

  @Mixin WorkerOptions worker = new WorkerOptions();

  Trace read(Surroundings surroundings) throws IOException {
    if (trace.equals("-")) {
      return TraceFile.of(surroundings.in()).trace();
    }
    if (isFile(surroundings)) {
      return TraceFile.of(surroundings.resolve(Path.of(trace))).trace();
    }
    return TraceReader.read(file(surroundings), "of run " + trace);
  }

  private boolean isFile(Surroundings surroundings) {
    return !trace.isEmpty()
        && (!trace.matches(RUN) || Files.exists(surroundings.resolve(Path.of(trace))));
  }

  /// The file of the trace of a run that the worker has.
  byte[] file(Surroundings surroundings) throws IOException {
    try (TraceClient client = worker.traces(surroundings.environment())) {
      if (!trace.isEmpty() && !trace.matches(RUN)) {
        throw new SwayException(
            FailureKind.USAGE,
            "'%s' is no run's id, which is 12 hexadecimal digits; 'swayctl trace ls' lists them"
                .formatted(trace));
      }
      if (trace.isEmpty()) {
        List<TraceInfo> traces = client.list();
        if (traces.isEmpty()) {
          throw new SwayException(
              FailureKind.NOT_FOUND, "the worker has no trace of any run; run something first");
        }
        trace = traces.getFirst().run();
      }
      return client.file(trace);
    }
  }
}
