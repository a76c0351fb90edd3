package dev.sway.swayctl.command;

import dev.sway.formats.trace.Trace;
import dev.sway.swayctl.explain.TraceFile;
import dev.sway.swayctl.explain.TraceSource;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/// The trace that a command is about.
final class TraceOptions {
  @Parameters(
      index = "0",
      paramLabel = "TRACE",
      description = "The file of a trace; - is the standard input.")
  String trace = "";

  Trace read(Surroundings surroundings) throws IOException {
    TraceSource source =
        trace.equals("-")
            ? TraceFile.of(surroundings.in())
            : TraceFile.of(surroundings.resolve(Path.of(trace)));
    return source.trace();
  }
}
