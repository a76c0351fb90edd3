package dev.sway.lazyfsd;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.cli.ProgramLog;
import dev.sway.blobd.cli.Termination;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.lazyfsd.holder.HolderProcess;
import dev.sway.lazyfsd.server.LazyfsdServer;
import dev.sway.lazyfsd.server.ServeConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lazyfsd serve`: the worker.
@Command(
    name = "serve",
    description =
        "Runs containers on images that are fetched as they are used, until SIGTERM. Needs root.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ServeCommand implements Callable<Integer> {
  @Mixin private final BlobdOptions options = new BlobdOptions();

  @Mixin private final CacheOptions cache = new CacheOptions();

  @Mixin private final TransportOption transport = new TransportOption();

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8444",
      description = {"A loopback address; port 0 takes a free one.", "Default: ${DEFAULT-VALUE}."})
  private String listen = "127.0.0.1:8444";

  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description = {
        "One TOKEN or NAME TOKEN in each line; runs and the cache then need one of them.",
        "Without it, any user of this machine may run."
      })
  private @Nullable Path tokens;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Program program = Program.named("lazyfsd");
    ProgramLog.install(program);
    ServeConfig config =
        new ServeConfig(
            options.state(),
            cache.config(options.state()),
            ListenAddress.parse(listen),
            options.sources(),
            HolderProcess.ofThisProgram(),
            Optional.ofNullable(tokens));
    try (BlobClient client = options.client();
        LazyfsdServer server = LazyfsdServer.start(program, config, client, transport);
        Termination termination = Termination.closing(program, server)) {
      program
          .out()
          .printf(
              "lazyfsd: serving %s on %s (runs need %s token, transport %s)%n",
              options.state(), server.uri(), server.guarded() ? "a" : "no", server.transport());
      program.out().flush();
      termination.await();
    }
    return 0;
  }
}
