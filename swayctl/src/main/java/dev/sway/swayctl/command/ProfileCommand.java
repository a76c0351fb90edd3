package dev.sway.swayctl.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `swayctl profile`, the parent of the commands for profiles.
@Command(
    name = "profile",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Looks at what runs of a command ask for, as the blob server keeps it beside the image.",
      "",
      "An IMAGE is NAME[:TAG], or the sha256:... of a manifest. A KEY is the command's; its first "
          + "6 or more digits will do.",
      ""
    },
    commandListHeading = "%nCommands, each with its own --help:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl profile ls app",
      "  swayctl profile show app 3f9a1c",
      "  swayctl profile record app app.py",
      "  swayctl profile pull app 3f9a1c -o app.profile",
      "  swayctl profile pin app 3f9a1c"
    })
public final class ProfileCommand {
  @Mixin HelpOption help = new HelpOption();

  private ProfileCommand() {}

  /// The command with its subcommands, for the user in `surroundings`.
  public static CommandLine line(Surroundings surroundings) {
    return new CommandLine(new ProfileCommand())
        .addSubcommand(new ProfileListCommand(surroundings))
        .addSubcommand(new ProfileShowCommand(surroundings))
        .addSubcommand(
            new CommandLine(new ProfileRecordCommand(surroundings)).setStopAtPositional(true))
        .addSubcommand(new ProfileBuildCommand(surroundings))
        .addSubcommand(new ProfilePushCommand(surroundings))
        .addSubcommand(new ProfilePullCommand(surroundings))
        .addSubcommand(new ProfileRemoveCommand(surroundings))
        .addSubcommand(new ProfilePinCommand(surroundings))
        .addSubcommand(new ProfileUnpinCommand(surroundings));
  }
}
