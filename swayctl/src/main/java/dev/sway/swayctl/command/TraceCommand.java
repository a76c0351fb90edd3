package dev.sway.swayctl.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `swayctl trace`, the parent of the tools for traces.
@Command(
    name = "trace",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = {"Looks at traces: what runs asked for, and how long they waited.", ""},
    commandListHeading = "%nCommands, each with its own --help:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl trace show           what the worker's last run asked for",
      "  swayctl trace get -o svd.trace",
      "  swayctl explain svd.trace    what follows from it"
    })
public final class TraceCommand {
  @Mixin HelpOption help = new HelpOption();

  private TraceCommand() {}

  /// The command with its subcommands, for the user in `surroundings`.
  public static CommandLine line(Surroundings surroundings) {
    return new CommandLine(new TraceCommand())
        .addSubcommand(new TraceListCommand(surroundings))
        .addSubcommand(new TraceShowCommand(surroundings))
        .addSubcommand(new TraceGetCommand(surroundings));
  }
}
