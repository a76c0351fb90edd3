package dev.sway.blobd;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.cli.ProgramLog;
import dev.sway.blobd.cli.Termination;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.blobd.server.BlobdServer;
import dev.sway.blobd.server.ServeConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The program `blobd`.
@Command(
    name = "blobd",
    mixinStandardHelpOptions = true,
    description = "Keeps images and hands them out, whole or in pieces.",
    synopsisSubcommandLabel = "COMMAND")
public final class Blobd {
  private final Program program;

  Blobd(Program program) {
    this.program = program;
  }

  /// Runs the program; the exit code is 0 after SIGTERM, else a failure's.
  public static void main(String[] arguments) {
    Program program = Program.named("blobd");
    System.exit(program.run(new Blobd(program), arguments));
  }

  @Command(
      name = "serve",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Serves a store of images over HTTP until SIGTERM.")
  int serve(
      @Option(
              names = "--store",
              required = true,
              paramLabel = "DIR",
              description = "The directory with the images; created if it is missing.")
          Path store,
      @Option(
              names = "--listen",
              paramLabel = "HOST:PORT",
              defaultValue = "127.0.0.1:8443",
              description = {
                "A loopback address; port 0 takes a free one.",
                "Default: ${DEFAULT-VALUE}."
              })
          String listen,
      @Option(
              names = "--tokens",
              paramLabel = "FILE",
              description = {
                "One TOKEN or NAME TOKEN in each line; uploads then need one of them.",
                "Without it, uploads from this machine are open."
              })
          @Nullable Path tokens)
      throws IOException, InterruptedException {
    ProgramLog.install(program);
    ServeConfig config =
        new ServeConfig(store, ListenAddress.parse(listen), Optional.ofNullable(tokens));
    try (BlobdServer server = BlobdServer.start(program, config);
        Termination termination = Termination.closing(program, server)) {
      program
          .out()
          .printf(
              "blobd: serving %s on %s (writes need %s token)%n",
              store, server.uri(), server.guarded() ? "a" : "no");
      program.out().flush();
      termination.await();
    }
    return 0;
  }
}
