package dev.sway.swayctl.builder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// One call of a builder, whose output, both streams of it in one, is passed on as it comes.
///
/// Its reader runs in the thread that calls [#await]; [#end] may be called from another.
final class ToolProcess {
  private static final Duration END_LIMIT = Duration.ofSeconds(10);
  private static final int TAIL_BYTES = 4 << 10;

  private final Process process;

  private ToolProcess(Process process) {
    this.process = process;
  }

  /// How a call ended.
  ///
  /// @param exitCode of it
  /// @param lastLine that it wrote, without white space around it; empty where there was none
  record Outcome(int exitCode, String lastLine) {}

  static ToolProcess start(List<String> command, Map<String, String> environment)
      throws SwayException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    try {
      return new ToolProcess(builder.start());
    } catch (IOException e) {
      throw new SwayException(
          FailureKind.BUILDER,
          "%s cannot be started: %s".formatted(command.getFirst(), e.getMessage()),
          e);
    }
  }

  /// Passes the output on until the process has ended.
  Outcome await(OutputStream output) throws IOException {
    byte[] buffer = new byte[8 << 10];
    Tail tail = new Tail();
    try (InputStream in = process.getInputStream()) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        output.write(buffer, 0, count);
        output.flush();
        tail.add(buffer, count);
      }
      return new Outcome(process.waitFor(), tail.lastLine());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SwayException(FailureKind.BUILDER, "interrupted while building", e);
    } finally {
      end();
    }
  }

  /// The outcome where the process ends within `limit` after little output; ends it otherwise.
  Outcome awaitAtMost(Duration limit) throws IOException {
    Thread watchdog =
        Thread.ofVirtual()
            .name("builder-probe")
            .start(() -> {
              try {
                if (!process.waitFor(limit)) {
                  process.destroyForcibly();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    try {
      return await(OutputStream.nullOutputStream());
    } finally {
      watchdog.interrupt();
    }
  }

  /// Ends the process if it runs, and what it has started: asks first, kills what does not end by
  /// that. Idempotent.
  void end() {
    if (!process.isAlive()) {
      return;
    }
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroy();
    try {
      process.waitFor(END_LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    // A builder that is ended does not always end the command of the step it is at.
    descendants.forEach(ProcessHandle::destroyForcibly);
  }

  /// The end of what was written.
  private static final class Tail {
    private byte[] bytes = new byte[0];

    void add(byte[] more, int count) {
      ByteArrayOutputStream both = new ByteArrayOutputStream(bytes.length + count);
      both.writeBytes(bytes);
      both.write(more, 0, count);
      byte[] all = both.toByteArray();
      bytes = java.util.Arrays.copyOfRange(all, Math.max(0, all.length - TAIL_BYTES), all.length);
    }

    String lastLine() {
      return new String(bytes, StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .reduce((_, last) -> last)
          .orElse("");
    }
  }
}
