package dev.sway.testapps;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A process that a test started, with what it has written so far. Every wait has a deadline, after
/// which the test fails with all that is known of the process.
///
/// Thread-safe. [#close] kills it if it runs.
final class Child implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final List<String> command;
  private final Process process;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
  private int openStreams = 2;

  private Child(List<String> command, Process process) {
    this.command = command;
    this.process = process;
  }

  /// Starts a process whose standard input is at its end already.
  static Child start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    process.getOutputStream().close();
    Child child = new Child(List.copyOf(builder.command()), process);
    child.collect(process.getInputStream(), child.stdout);
    child.collect(process.getErrorStream(), child.stderr);
    return child;
  }

  private void collect(InputStream in, ByteArrayOutputStream to) {
    Thread.ofPlatform()
        .name("output-of-" + process.pid())
        .daemon()
        .start(() -> {
          byte[] buffer = new byte[1 << 16];
          int count = 0;
          while (count >= 0) {
            try {
              count = in.read(buffer);
            } catch (IOException e) {
              // Closed with the process: its end.
              count = -1;
            }
            lock.lock();
            try {
              if (count >= 0) {
                to.write(buffer, 0, count);
              } else {
                openStreams--;
              }
              news.signalAll();
            } finally {
              lock.unlock();
            }
          }
        });
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// Waits until it writes, or has written, something in which `regex` is found; answers the match.
  Matcher awaitOutput(String regex) throws InterruptedException {
    return awaitOutput(regex, PATIENCE);
  }

  Matcher awaitOutput(String regex, Duration patience) throws InterruptedException {
    Pattern pattern = Pattern.compile(regex, Pattern.MULTILINE);
    long left = patience.toNanos();
    lock.lock();
    try {
      while (true) {
        for (ByteArrayOutputStream stream : List.of(stdout, stderr)) {
          Matcher matcher = pattern.matcher(stream.toString(StandardCharsets.UTF_8));
          if (matcher.find()) {
            return matcher;
          }
        }
        if (openStreams == 0 || left <= 0) {
          throw new AssertionError(
              "no output with '%s' %s%n%s"
                  .formatted(regex, left <= 0 ? "in time" : "to the end", this));
        }
        left = news.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /// What it has written to stderr so far.
  String err() {
    lock.lock();
    try {
      return stderr.toString(StandardCharsets.UTF_8);
    } finally {
      lock.unlock();
    }
  }

  /// Waits for its end.
  Finished await() throws InterruptedException {
    return await(PATIENCE);
  }

  Finished await(Duration patience) throws InterruptedException {
    if (!process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS)) {
      String state = toString();
      close();
      throw new AssertionError("did not end within " + patience + ": " + state);
    }
    long left = Duration.ofSeconds(10).toNanos();
    lock.lock();
    try {
      // A process that it left behind may hold the streams open; what was written is here.
      while (openStreams > 0 && left > 0) {
        left = news.awaitNanos(left);
      }
      return new Finished(command, process.exitValue(), stdout.toByteArray(), stderr.toByteArray());
    } finally {
      lock.unlock();
    }
  }

  /// Sends SIGTERM.
  void terminate() {
    process.destroy();
  }

  /// Sends SIGKILL and waits for the end.
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("does not end by SIGKILL: " + this);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  @Override
  public String toString() {
    lock.lock();
    try {
      return new Finished(
              command,
              process.isAlive() ? -1 : process.exitValue(),
              stdout.toByteArray(),
              stderr.toByteArray())
          .toString();
    } finally {
      lock.unlock();
    }
  }
}
