package dev.sway.swayctl.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Trace;
import dev.sway.swayctl.explain.TraceRow;
import dev.sway.swayctl.image.JsonList;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `swayctl trace show`.
@Command(
    name = "show",
    sortOptions = false,
    description = {
      "Lists what a run asked for, in order: all that the kernel could not answer by itself.",
      "",
      "TIME is after the request for the run, WAIT until the answer came, FROM the farthest place "
          + "that it came from: the index, memory, disk, or a source, which is a server.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl trace show svd.trace | sort -k2 -rn | head",
      "  swayctl trace show svd.trace --json | jq '.accesses[] | select(.from == \"source\") | .path'"
    })
final class TraceShowCommand extends OutputTool {
  @Mixin TraceOptions trace = new TraceOptions();

  @Option(
      names = "--json",
      description = "Print one JSON object: {\"accesses\":[...],...}. Times are microseconds.")
  boolean json;

  TraceShowCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(BufferedOutputStream out) throws IOException {
    Trace read = trace.read(surroundings);
    if (json) {
      JsonList list = new JsonList(out, "accesses");
      for (Access access : read.accesses()) {
        list.add(TraceRow.of(access));
      }
      list.end(Map.of("run", TraceRow.Run.of(read.header())));
      return 0;
    }
    line(out, TraceRow.HEADING);
    for (Access access : read.accesses()) {
      line(out, TraceRow.of(access).text());
    }
    return 0;
  }

  private static void line(BufferedOutputStream out, String text) throws IOException {
    out.write((text + "\n").getBytes(UTF_8));
  }
}
