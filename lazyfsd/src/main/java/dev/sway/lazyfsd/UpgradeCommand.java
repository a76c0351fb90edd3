package dev.sway.lazyfsd;

import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.holder.Handover;
import dev.sway.lazyfsd.server.LazyfsdServer;
import dev.sway.lazyfsd.server.Predecessor;
import dev.sway.lazyfsd.server.ServeConfig;
import dev.sway.lazyfsd.server.ServeRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `lazyfsd upgrade`: this version takes the place of a worker that runs.
@Command(
    name = "upgrade",
    description = {
      "Takes the place of the lazyfsd that serves a state folder; mounts and runs go on.",
      "Serves until SIGTERM, with the options that the other one was started with."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class UpgradeCommand implements Callable<Integer> {
  /// Runs on mounts that end with the other process are ended by it: that takes longest.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Option(
      names = "--state",
      required = true,
      paramLabel = "DIR",
      description = "The folder that the other one serves.")
  private @Nullable Path state;

  @Override
  public Integer call() throws IOException {
    if (state == null) {
      throw new SwayException(FailureKind.USAGE, "--state DIR is missing");
    }
    Path folder = state.toAbsolutePath().normalize();
    ServeRecord before = ServeRecord.read(folder);
    Path real = folder.toRealPath();
    // Whatever can be wrong is to be found while the other one still serves.
    Handover.check(real);
    ServeCommand next = parsed(before);
    ServeConfig config = next.config();
    LazyfsdServer.check(config);
    return next.serve(config.after(told(real)));
  }

  /// Tells the lazyfsd that serves `state` to leave. Another upgrade may take its place at the same
  /// time: then it is this one's, or that one's, that was told.
  private static Predecessor told(Path state) throws IOException {
    Set<Long> pids = new HashSet<>();
    StateLock.holder(state).ifPresent(pids::add);
    Handover.request(state);
    StateLock.holder(state).ifPresent(pids::add);
    return new Predecessor(pids, PATIENCE);
  }

  private static ServeCommand parsed(ServeRecord before) throws SwayException {
    ServeCommand next = new ServeCommand();
    try {
      new CommandLine(next).parseArgs(before.arguments().toArray(String[]::new));
      return next;
    } catch (ParameterException e) {
      throw new SwayException(
          FailureKind.USAGE,
          "this version does not understand how the other lazyfsd was started: %s; end that one, and start this one with 'lazyfsd serve'"
              .formatted(e.getMessage()),
          e);
    }
  }
}
