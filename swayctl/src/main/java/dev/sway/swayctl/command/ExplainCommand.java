package dev.sway.swayctl.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.trace.Trace;
import dev.sway.swayctl.explain.StartAnalysis;
import dev.sway.swayctl.explain.StartPicture;
import dev.sway.swayctl.explain.StartReport;
import dev.sway.swayctl.explain.StartText;
import dev.sway.swayctl.export.CleanUp;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `swayctl explain`.
@Command(
    name = "explain",
    sortOptions = false,
    description = {
      "Says why a run took as long as it did: what it waited for, and what would make it faster.",
      "",
      "TIMELINE has the phases of the start; WAITED is how much of one at least one request waited. "
          + "Below it is what was asked for, by where it came from (there, WAITED sums up "
          + "requests that waited at the same time), then what waited longest. Lines with => are "
          + "what follows.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl explain                    the worker's last run",
      "  swayctl explain 0123456789ab",
      "  swayctl explain svd.trace --svg svd.svg",
      "  swayctl explain svd.trace --json | jq '.advice[]'"
    })
public final class ExplainCommand extends OutputTool {
  @Mixin TraceOptions trace = new TraceOptions();

  @Option(names = "--json", description = "Print one JSON object. Times are microseconds.")
  boolean json;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Also write a picture, which replaces the file if there is one.")
  @Nullable Path svg;

  public ExplainCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(BufferedOutputStream out) throws IOException {
    Trace read = trace.read(surroundings);
    StartReport report = StartAnalysis.of(read);
    if (svg != null) {
      OutputFile file = OutputFile.of(surroundings, "--svg", svg.toString());
      byte[] picture = StartPicture.of(read, report).getBytes(UTF_8);
      try (CleanUp cleanUp = CleanUp.armed(surroundings.program().err()::println)) {
        file.write(cleanUp, to -> to.write(picture));
      }
      surroundings.program().err().printf("wrote %s: a picture of the start%n", file.file());
    }
    if (json) {
      out.write(WireJson.write(report));
      out.write('\n');
      return 0;
    }
    for (String line : StartText.lines(report)) {
      out.write((line + "\n").getBytes(UTF_8));
    }
    return 0;
  }
}
