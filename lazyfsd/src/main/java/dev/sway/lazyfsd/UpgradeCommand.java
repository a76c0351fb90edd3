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
import java.util.OptionalLong;
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
  /// time: then it is one of two that was told, where the holder does not say which.
  private static Predecessor told(Path state) throws IOException {
    OptionalLong before = holder(state);
    OptionalLong told;
    try {
      told = Handover.request(state);
    } catch (SwayException e) {
      OptionalLong now = holder(state);
      if (e.kind() == FailureKind.NOT_FOUND && now.isPresent() && isAlive(now.getAsLong())) {
        throw new SwayException(
            FailureKind.IN_USE,
            "process %d is just about to serve %s, or to leave it; upgrade once it serves"
                .formatted(now.getAsLong(), state),
            e);
      }
      throw e;
    }
    // Nothing may fail from here on: the other one leaves.
    Set<Long> pids = new HashSet<>();
    if (told.isPresent()) {
      pids.add(told.getAsLong());
    } else {
      before.ifPresent(pids::add);
      holder(state).ifPresent(pids::add);
    }
    return new Predecessor(pids, PATIENCE);
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
  }

  private static OptionalLong holder(Path state) {
    try {
      return StateLock.holder(state);
    } catch (IOException e) {
      // Then it is not known, and whoever has the folder is waited for.
      return OptionalLong.empty();
    }
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
