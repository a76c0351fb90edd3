package dev.sway.swayctl.command;

import dev.sway.swayctl.export.CleanUp;
import java.io.BufferedOutputStream;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `swayctl trace get`.
@Command(
    name = "get",
    sortOptions = false,
    description = {
      "Writes the file of a run's trace, which the worker will not keep for ever.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl trace get -o svd.trace                the last run's",
      "  swayctl trace get 0123456789ab | zstdcat | jq"
    })
final class TraceGetCommand extends OutputTool {
  @Mixin TraceOptions trace = new TraceOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to write it. Default: -, the standard output.")
  String output = "-";

  TraceGetCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(BufferedOutputStream out) throws IOException {
    if (output.equals("-")) {
      out.write(trace.file(surroundings));
      return 0;
    }
    OutputFile file = OutputFile.of(surroundings, "--output", output);
    byte[] bytes = trace.file(surroundings);
    try (CleanUp cleanUp = CleanUp.armed(surroundings.program().err()::println)) {
      file.write(cleanUp, to -> to.write(bytes));
    }
    surroundings
        .program()
        .err()
        .printf("wrote %s: the trace of run %s%n", file.file(), trace.trace);
    return 0;
  }
}
