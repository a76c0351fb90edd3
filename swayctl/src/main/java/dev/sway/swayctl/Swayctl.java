package dev.sway.swayctl;

import dev.sway.swayctl.command.CacheCommand;
import dev.sway.swayctl.command.ExplainCommand;
import dev.sway.swayctl.command.ExportCommand;
import dev.sway.swayctl.command.ImageCommand;
import dev.sway.swayctl.command.ImagesCommand;
import dev.sway.swayctl.command.ProfileCommand;
import dev.sway.swayctl.command.RunCommand;
import dev.sway.swayctl.command.Surroundings;
import dev.sway.swayctl.command.TraceCommand;
import java.math.BigDecimal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The program `swayctl`.
@Command(
    name = "swayctl",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Runs scripts in containers whose image need not be there yet.",
      "",
      "Export an image once, then run scripts in it as if they ran here:",
      "  swayctl export        in a folder with a Dockerfile",
      "  swayctl run app.py    as often as you like",
      ""
    },
    commandListHeading = "%nCommands, each with its own --help:%n",
    footerHeading = "%nVariables:%n",
    footer = {
      "  SERVER_URL  the blob server, http://127.0.0.1:8443 unless set",
      "  WORKER_URL  the worker, http://127.0.0.1:8444 unless set",
      "  SWAY_TOKEN  the token, where a server wants one"
    })
public final class Swayctl {
  private Swayctl() {}

  /// Runs the program; the exit code is 0, a failure's, or that of what was run.
  public static void main(String[] arguments) {
    if (arguments.length > 0 && !arguments[0].startsWith("-")) {
      beginWithNumbers();
    }
    System.exit(run(Surroundings.ofProcess(), arguments));
  }

  /// A parser of Jackson 2 initializes [BigDecimal], which in JDK 25 squares five sixteen times: 15
  /// to 35 ms of a JVM that has just started. Of a run, the client would do that when the worker
  /// has answered and is busiest, often on the same machine. So another processor does it while the
  /// command line is read.
  private static void beginWithNumbers() {
    Thread.ofPlatform()
        .daemon()
        .name("swayctl-numbers")
        .start(() -> {
          int _ = BigDecimal.ONE.signum();
        });
  }

  /// Runs the program in `surroundings` and returns the exit code.
  static int run(Surroundings surroundings, String... arguments) {
    String named = arguments.length == 0 ? "" : arguments[0];
    CommandLine line = new CommandLine(new Swayctl());
    // A command's model takes picocli a while, and each run pays for it: where one command is
    // named, the others are left out.
    switch (named) {
      case "export" -> line.addSubcommand(new ExportCommand(surroundings));
      case "run" -> line.addSubcommand(run(surroundings));
      case "image" -> line.addSubcommand("image", ImageCommand.line(surroundings));
      case "cache" -> line.addSubcommand("cache", CacheCommand.line(surroundings));
      case "profile" -> line.addSubcommand("profile", ProfileCommand.line(surroundings));
      case "trace" -> line.addSubcommand("trace", TraceCommand.line(surroundings));
      case "explain" -> line.addSubcommand(new ExplainCommand(surroundings));
      case "images" -> line.addSubcommand(new ImagesCommand(surroundings));
      default ->
          line.addSubcommand(new ExportCommand(surroundings))
              .addSubcommand(run(surroundings))
              .addSubcommand(new ImagesCommand(surroundings))
              .addSubcommand("image", ImageCommand.line(surroundings))
              .addSubcommand("profile", ProfileCommand.line(surroundings))
              .addSubcommand("cache", CacheCommand.line(surroundings))
              .addSubcommand("trace", TraceCommand.line(surroundings))
              .addSubcommand(new ExplainCommand(surroundings));
    }
    return surroundings.program().run(line, arguments);
  }

  private static CommandLine run(Surroundings surroundings) {
    return new CommandLine(new RunCommand(surroundings)).setStopAtPositional(true);
  }
}
