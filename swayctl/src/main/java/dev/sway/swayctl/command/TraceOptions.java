package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceReader;
import dev.sway.lazyfsd.api.TraceInfo;
import dev.sway.lazyfsd.client.TraceClient;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The trace that a command is about.
final class TraceOptions {
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
    return trace.isEmpty()
        ? TraceReader.read(file(surroundings), "of run " + trace)
        : new TraceName(trace).read(surroundings, () -> worker.traces(surroundings.environment()));
  }

  /// The file of the trace of a run that the worker has.
  byte[] file(Surroundings surroundings) throws IOException {
    try (TraceClient client = worker.traces(surroundings.environment())) {
      if (trace.isEmpty()) {
        List<TraceInfo> traces = client.list();
        if (traces.isEmpty()) {
          throw new SwayException(
              FailureKind.NOT_FOUND, "the worker has no trace of any run; run something first");
        }
        trace = traces.getFirst().run();
      }
      return new TraceName(trace).file(client);
    }
  }
}
