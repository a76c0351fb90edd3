package dev.sway.swayctl.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.TraceInfo;
import dev.sway.lazyfsd.api.TraceList;
import dev.sway.lazyfsd.client.TraceClient;
import dev.sway.swayctl.profile.CommandText;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
  private static final String ROW = "%-12s  %10s  %-20s  %4s  %-20s  %s%n";

  /// Of a command line, as `profile ls` has it.
  private static final int COMMAND_LENGTH = 100;

  private static final int WORD = 200;

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
    out.write(ROW.formatted("RUN", "BYTES", "WRITTEN", "EXIT", "IMAGE", "COMMAND").getBytes(UTF_8));
    for (TraceInfo trace : traces) {
      out.write(row(trace).getBytes(UTF_8));
    }
    return 0;
  }

  /// Nothing of it is believed: whoever may run something has written it.
  private static String row(TraceInfo trace) {
    boolean known = !trace.image().isEmpty();
    return ROW.formatted(
        CommandText.of(List.of(trace.run()), WORD),
        trace.bytes(),
        seconds(trace.written()),
        known ? trace.exitCode() : "-",
        known ? CommandText.of(List.of(trace.image()), WORD) : "-",
        known ? CommandText.of(trace.args(), COMMAND_LENGTH) : "-");
  }

  private static String seconds(String written) {
    try {
      return Instant.parse(written).truncatedTo(ChronoUnit.SECONDS).toString();
    } catch (DateTimeException e) {
      return CommandText.of(List.of(written), WORD);
    }
  }
}
