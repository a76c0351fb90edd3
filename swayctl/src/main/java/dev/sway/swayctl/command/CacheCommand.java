package dev.sway.swayctl.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `swayctl cache`, the parent of the commands for a worker's cache.
@Command(
    name = "cache",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Says which images a worker is to have on its disk.",
      "",
      "An IMAGE is NAME[:TAG], or the sha256:... of a manifest.",
      ""
    },
    commandListHeading = "%nCommands, each with its own --help:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl cache status",
      "  swayctl cache warm app",
      "  swayctl cache promote app:2 --worker https://worker.example",
      "  swayctl cache evict --all"
    })
public final class CacheCommand {
  @Mixin HelpOption help = new HelpOption();

  private CacheCommand() {}

  /// The command with its subcommands, for the user in `surroundings`.
  public static CommandLine line(Surroundings surroundings) {
    return new CommandLine(new CacheCommand())
        .addSubcommand(new CacheStatusCommand(surroundings))
        .addSubcommand(new CachePinCommand(surroundings))
        .addSubcommand(new CacheUnpinCommand(surroundings))
        .addSubcommand(new CacheEvictCommand(surroundings))
        .addSubcommand(new CacheWarmCommand(surroundings))
        .addSubcommand(new CachePromoteCommand(surroundings));
  }
}
