package dev.sway.swayctl.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceReader;
import dev.sway.lazyfsd.api.PrefetchPolicy;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.client.RunClient;
import dev.sway.lazyfsd.client.TraceClient;
import java.io.IOException;
import java.util.List;

/// A run on a mount of the image that it has for itself, and the trace of all that it asked for.
///
/// @param result how it ended
/// @param trace what it asked for
public record Recording(RunResult result, Trace trace) {
  /// Runs `what` once.
  ///
  /// @param runs a client of the worker; stays the caller's to close
  /// @param traces of the same worker; likewise
  /// @param sink gets the run's output
  public static Recording of(
      RunClient runs,
      TraceClient traces,
      ImageName image,
      RunRequest.Work what,
      RunClient.Sink sink)
      throws IOException {
    RunRequest request =
        new RunRequest(image.toString(), what, List.of(), "", "", PrefetchPolicy.RECORD.toString());
    RunResult result;
    try (RunGuard guard = RunGuard.armed(runs)) {
      result =
          runs.run(
              request,
              new RunClient.Sink(sink.stdout(), sink.stderr(), sink.notices(), guard::started));
    }
    return new Recording(result, trace(traces, result.id()));
  }

  /// The trace of a run that has just ended.
  ///
  /// @throws SwayException of kind `run` where it has left none
  public static Trace trace(TraceClient traces, String run) throws IOException {
    try {
      return TraceReader.read(traces.file(run), "of run " + run);
    } catch (SwayException e) {
      if (e.kind() != FailureKind.NOT_FOUND) {
        throw e;
      }
      throw new SwayException(
          FailureKind.RUN,
          "run %s has left no trace: its worker was restarted meanwhile, or could not keep it; record it again"
              .formatted(run),
          e);
    }
  }
}
