package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.run.RunObserver;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The answer to a run: one event a line, from `started` to `exited` or `failed`. Where the run
/// shows nothing for a while, an `alive` comes in between, so that a client can tell a slow worker
/// from a dead one. A client that is gone is noticed by that too: the thread that made this is then
/// interrupted.
///
/// Thread-safe.
final class EventStream implements RunObserver {
  /// Far shorter than a client's patience.
  static final Duration SILENCE = Duration.ofSeconds(1);

  /// How long the last event waits for another to be written.
  private static final long LAST_WAIT_SECONDS = 1;

  private final Program program;
  private final OutputStream out;
  private final Duration silence;
  private final ReentrantLock writing = new ReentrantLock();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread maker = Thread.currentThread();
  private long written;
  private long last;
  private boolean ended;

  /// Takes over `out`.
  ///
  /// @param program for reports
  /// @param after the number of the last event that the client has already
  EventStream(Program program, OutputStream out, long after, Duration silence) {
    this.program = program;
    this.out = out;
    this.last = after;
    this.silence = silence;
    written = System.nanoTime();
    Thread.ofVirtual().name("run-alive").start(this::tick);
  }

  @Override
  public void show(RunEvent event) throws IOException {
    writing.lock();
    try {
      write(event);
    } finally {
      writing.unlock();
    }
  }

  /// Unless another event is stuck because its client does not read.
  @Override
  public void fail(Exception why) throws IOException {
    SwayException failure = program.report(why);
    if (!tryLock()) {
      throw new IOException("the client reads no more");
    }
    try {
      write(
          new RunEvent.Failed(last + 1, failure.kind().word(), Answers.message(program, failure)));
    } finally {
      writing.unlock();
    }
  }

  private boolean tryLock() {
    try {
      return writing.tryLock() || writing.tryLock(LAST_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void write(RunEvent event) throws IOException {
    switch (event) {
      case RunEvent.Started started -> last = started.seq();
      case RunEvent.Output output -> last = output.seq();
      case RunEvent.Alive _ -> {}
      case RunEvent.Exited _, RunEvent.Failed _ -> ended = true;
    }
    try {
      out.write(EventLine.of(event));
      out.flush();
    } catch (CloseConnectionException e) {
      throw gone(e);
    }
    written = System.nanoTime();
  }

  private void tick() {
    try {
      while (!closed.await(silence.toNanos() / 2, TimeUnit.NANOSECONDS)) {
        // Whoever holds the lock is writing something better.
        if (writing.tryLock()) {
          try {
            if (!ended && System.nanoTime() - written >= silence.toNanos()) {
              write(new RunEvent.Alive());
            }
          } finally {
            writing.unlock();
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      if (closed.getCount() > 0) {
        maker.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Idempotent.
  @Override
  public void end() throws IOException {
    if (closed.getCount() > 0) {
      closed.countDown();
      try {
        out.close();
      } catch (CloseConnectionException e) {
        throw gone(e);
      }
    }
  }

  /// Helidon tells of a client that has left as of a fault.
  private static IOException gone(CloseConnectionException thrown) {
    return new IOException("the client reads no more", thrown);
  }
}
