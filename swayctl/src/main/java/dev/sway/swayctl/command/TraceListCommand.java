package dev.sway.swayctl.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.TraceInfo;
import dev.sway.lazyfsd.api.TraceList;
import dev.sway.lazyfsd.client.TraceClient;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `swayctl trace ls`.
@Command(
    name = "ls",
    sortOptions = false,
    description = {"Lists the traces that the worker has of its last runs, the latest first.", ""},
    footerHeading = "%nExamples:%n",
    footer = "  swayctl trace ls --json | jq -r '.traces[0].run'")
final class TraceListCommand extends OutputTool {
  @Mixin WorkerOptions worker = new WorkerOptions();

  @Option(names = "--json", description = "Print one JSON object: {\"traces\":[...]}.")
  boolean json;

  TraceListCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(BufferedOutputStream out) throws IOException {
    List<TraceInfo> traces;
    try (TraceClient client = worker.traces(surroundings.environment())) {
      traces = client.list();
    }
    if (json) {
      out.write(WireJson.write(new TraceList(traces)));
      out.write('\n');
      return 0;
    }
    out.write("%-12s  %10s  WRITTEN%n".formatted("RUN", "BYTES").getBytes(UTF_8));
    for (TraceInfo trace : traces) {
      out.write(
          "%-12s  %10d  %s%n"
              .formatted(trace.run(), trace.bytes(), trace.written())
              .getBytes(UTF_8));
    }
    return 0;
  }
}
