package dev.sway.swayctl.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `swayctl image`, the parent of the tools for images.
@Command(
    name = "image",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Looks at images on the blob server, checks them, takes them back out.",
      "",
      "An IMAGE is NAME[:TAG], or the sha256:... of a manifest.",
      ""
    },
    commandListHeading = "%nCommands, each with its own --help:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl image ls",
      "  swayctl image tree app /etc -L 1",
      "  swayctl image diff app:1 app:2",
      "  swayctl image export-tar app | docker import - app"
    })
public final class ImageCommand {
  @Mixin HelpOption help = new HelpOption();

  private ImageCommand() {}

  /// The command with its subcommands, for the user in `surroundings`.
  public static CommandLine line(Surroundings surroundings) {
    return new CommandLine(new ImageCommand())
        .addSubcommand("ls", new CommandLine(new ImagesCommand(surroundings)).setCommandName("ls"))
        .addSubcommand(new ImageInspectCommand(surroundings))
        .addSubcommand(new ImageTreeCommand(surroundings))
        .addSubcommand(new ImageCatCommand(surroundings))
        .addSubcommand(new ImageDiffCommand(surroundings))
        .addSubcommand(new ImageDuCommand(surroundings))
        .addSubcommand(new ImageVerifyCommand(surroundings))
        .addSubcommand(new ImageExportTarCommand(surroundings))
        .addSubcommand(new ImageRemoveCommand(surroundings));
  }
}
