package dev.sway.lazyfsd.holder;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.linux.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/// The holder's program: `HolderMain STATE`. lazyfsd starts it; nobody else needs to.
///
/// It ends when a worker says so, or by itself when no worker was there for a while. SIGTERM ends
/// it too, and what it holds with it.
public final class HolderMain {
  /// The line on stdout that says that it listens. Nothing follows it.
  static final String READY = "ready";

  /// How long it waits for a worker while it holds nothing.
  private static final Duration UNUSED = Duration.ofSeconds(15);

  /// How long it waits for a worker while it holds something. After that, whoever reads a mount
  /// gets an error instead of waiting for ever.
  private static final Duration ABANDONED = Duration.ofMinutes(10);

  private HolderMain() {}

  /// Runs until the end.
  ///
  /// @param arguments the state folder
  public static void main(String[] arguments) {
    int code = 0;
    // The signals of a terminal, and of a service that ends, are the worker's.
    Session.leave();
    try (Holder holder = Holder.open(Path.of(arguments[0]), HolderMain::log)) {
      System.out.println(READY);
      System.out.close();
      holder.await(UNUSED, ABANDONED);
    } catch (IOException | RuntimeException | InterruptedException e) {
      SwayException failure = Failures.of(e);
      log(failure.getMessage());
      code = failure.kind().exitCode();
    }
    // What is being done for a connection must not outlast the holder.
    Runtime.getRuntime().halt(code);
  }

  /// Not by the platform's loggers: what they load would be a tenth of the holder.
  private static void log(String line) {
    System.err.println("lazyfsd holder: " + line);
  }
}
