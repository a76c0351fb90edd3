package dev.sway.lazyfsd;

import dev.sway.blobd.cli.Program;
import picocli.CommandLine.Command;

/// The worker's command line.
@Command(
    name = "lazyfsd",
    description = "Mounts images that are not there yet, and runs containers on them.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {ServeCommand.class, UpgradeCommand.class, MountCommand.class})
public final class Lazyfsd {
  private Lazyfsd() {}

  /// Runs `lazyfsd`.
  public static void main(String[] args) {
    System.exit(Program.named("lazyfsd").run(new Lazyfsd(), args));
  }
}
