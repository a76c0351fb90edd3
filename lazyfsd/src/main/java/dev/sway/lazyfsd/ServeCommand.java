package dev.sway.lazyfsd;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.cli.ProgramLog;
import dev.sway.blobd.cli.Termination;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.holder.HolderProcess;
import dev.sway.lazyfsd.keep.BackgroundFill;
import dev.sway.lazyfsd.rehearsal.Rehearsal;
import dev.sway.lazyfsd.server.LazyfsdServer;
import dev.sway.lazyfsd.server.Predecessor;
import dev.sway.lazyfsd.server.ServeConfig;
import dev.sway.lazyfsd.server.ServeRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `lazyfsd serve`: the worker.
@Command(
    name = "serve",
    description =
        "Runs containers on images that are fetched as they are used, until SIGTERM. Needs root.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ServeCommand implements Callable<Integer> {
  private static final String LISTEN = "--listen";
  private static final String PEER_LISTEN = "--peer-listen";

  @Mixin private final BlobdOptions options = new BlobdOptions();

  @Mixin private final CacheOptions cache = new CacheOptions();

  @Mixin private final TransportOption transport = new TransportOption();

  @Option(
      names = LISTEN,
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8444",
      description = {"A loopback address; port 0 takes a free one.", "Default: ${DEFAULT-VALUE}."})
  private String listen = "127.0.0.1:8444";

  @Option(
      names = PEER_LISTEN,
      paramLabel = "HOST:PORT",
      description = {
        "A loopback address on which other workers may ask for what is in the cache, without a",
        "token; port 0 takes a free one. Without it they may not."
      })
  private @Nullable String peerListen;

  @Option(
      names = "--fill",
      description = {
        "Fetch the rest of an image, too, from ten seconds after its mount on; what a run waits for",
        "goes first. Without it only what is read is fetched, and what profiles name."
      })
  private boolean fill;

  @Option(
      names = "--no-rehearsal",
      description = {
        "Do not rehearse starts on an image of its own after a second in which none is under way.",
        "That takes some seconds of a processor, once; without it the first starts on images that",
        "are not there take twice as long as later ones."
      })
  private boolean noRehearsal;

  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description = {
        "One TOKEN or NAME TOKEN in each line; runs and the cache then need one of them.",
        "Without it, any user of this machine may run."
      })
  private @Nullable Path tokens;

  @Option(
      names = "--client-grace",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = {
        "How long a run goes on when its client's connection is lost, and how long",
        "its last output waits for the client. Default: ${DEFAULT-VALUE}."
      })
  private int grace = 60;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    return serve(config());
  }

  /// What the options say.
  ServeConfig config() throws IOException {
    if (grace < 0) {
      throw new SwayException(
          FailureKind.USAGE, "--client-grace %d is negative; give seconds".formatted(grace));
    }
    return new ServeConfig(
        options.state(),
        cache.config(options.state()),
        fill ? Optional.of(BackgroundFill.DELAY) : Optional.empty(),
        ListenAddress.parse(LISTEN, listen),
        peerListen == null
            ? Optional.empty()
            : Optional.of(ListenAddress.parse(PEER_LISTEN, peerListen)),
        options.sources(),
        HolderProcess.ofThisProgram(),
        Optional.ofNullable(tokens),
        Duration.ofSeconds(grace),
        noRehearsal ? Optional.empty() : Optional.of(Rehearsal.QUIET),
        Predecessor.NONE);
  }

  /// Serves until another lazyfsd takes this one's place; a signal ends the process.
  int serve(ServeConfig config) throws IOException {
    Program program = Program.named("lazyfsd");
    ProgramLog.install(program);
    try (BlobClient client = options.client();
        LazyfsdServer server = LazyfsdServer.start(program, config, client, transport);
        Termination _ = Termination.closing(program, server)) {
      new ServeRecord(arguments(server)).write(config.state());
      program
          .out()
          .printf(
              "lazyfsd: serving %s on %s (runs need %s token, transport %s%s)%n",
              options.state(),
              server.uri(),
              server.guarded() ? "a" : "no",
              server.transport(),
              server.peerUri().map(uri -> ", peers at " + uri).orElse(""));
      program.out().flush();
      server.left().join();
    }
    return 0;
  }

  /// What another lazyfsd needs to be told to serve the same: the options that were given, as they
  /// were given, except that a relative path would be another one elsewhere, and another port could
  /// be taken for port 0.
  private List<String> arguments(LazyfsdServer server) {
    List<String> arguments = new ArrayList<>();
    CommandLine line = Objects.requireNonNull(spec, "set by picocli").commandLine();
    for (OptionSpec option : line.getParseResult().matchedOptionsSet()) {
      if (!Set.of(LISTEN, PEER_LISTEN).contains(option.longestName())) {
        if (option.arity().max() == 0) {
          arguments.add(option.longestName());
          continue;
        }
        for (String value : option.originalStringValues()) {
          arguments.add(option.longestName());
          arguments.add(
              option.type() == Path.class
                  ? Path.of(value).toAbsolutePath().normalize().toString()
                  : value);
        }
      }
    }
    arguments.addAll(List.of(LISTEN, server.uri().getAuthority()));
    server.peerUri().ifPresent(uri -> arguments.addAll(List.of(PEER_LISTEN, uri.getAuthority())));
    return arguments;
  }
}
