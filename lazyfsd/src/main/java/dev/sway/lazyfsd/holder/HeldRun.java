package dev.sway.lazyfsd.holder;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A run that a holder keeps: a process in front of a container, and what it writes.
///
/// Thread-safe; [#close] is idempotent, kills the process and forgets the rest.
final class HeldRun implements AutoCloseable {
  /// How much is read of a pipe at once: there may be hundreds, and little memory.
  private static final int PIECE = 8 << 10;

  private final String id;
  private final byte[] payload;
  private final Process process;
  private final RunSpool spool;
  private volatile @Nullable Integer exitCode;

  private HeldRun(String id, byte[] payload, Process process, RunSpool spool) {
    this.spool = spool;
    this.id = id;
    this.payload = payload;
    this.process = process;
  }

  /// Starts a process.
  ///
  /// @param words of its command
  /// @param environment `NAME=VALUE` each, all that it has
  /// @param budget see [RunSpool]
  /// @param exited is told, from another thread, once the process has ended
  /// @throws IOException where it cannot be executed
  static HeldRun start(
      String id,
      byte[] payload,
      List<String> words,
      List<String> environment,
      RingBudget budget,
      Consumer<HeldRun> exited)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    Map<String, String> variables = builder.environment();
    variables.clear();
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      variables.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    HeldRun run = new HeldRun(id, payload, builder.start(), new RunSpool(budget));
    List<Thread> pumps = new ArrayList<>();
    pumps.add(run.pump(run.process.getInputStream(), 1));
    pumps.add(run.pump(run.process.getErrorStream(), 2));
    Thread.ofPlatform().name("holder-run-" + id).daemon().start(() -> run.await(pumps, exited));
    return run;
  }

  String id() {
    return id;
  }

  byte[] payload() {
    return payload;
  }

  RunSpool spool() {
    return spool;
  }

  /// The process's, once it has ended.
  @Nullable Integer exitCode() {
    return exitCode;
  }

  /// Ends the process by force; what it wrote stays.
  void kill() {
    process.destroyForcibly();
  }

  private Thread pump(InputStream in, int stream) {
    return Thread.ofPlatform()
        .name("holder-run-" + id + "-" + stream)
        .daemon()
        .start(() -> {
          try (in) {
            // The spool puts small pieces together.
            byte[] buffer = new byte[PIECE];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
              if (count > 0) {
                spool.append(stream, buffer, count);
              }
            }
          } catch (IOException e) {
            // The run is forgotten, or its pipe was closed with its process: nothing can follow.
            return;
          } catch (RuntimeException | Error e) {
            // Out of memory: an end without the rest of the output would look like a whole one.
            spool.close();
            throw e;
          }
        });
  }

  private void await(List<Thread> pumps, Consumer<HeldRun> exited) {
    try {
      int code = process.waitFor();
      exitCode = code;
      exited.accept(this);
      for (Thread pump : pumps) {
        pump.join();
      }
      spool.end(code);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    spool.close();
  }
}
