package dev.sway.lazyfsd.server;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.run.RunObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// The answer to a run: one event a line, from `started` to `exited` or `failed`. Where the run
/// shows nothing for a while, an `alive` comes in between, so that a client can tell a slow worker
/// from a dead one: while the container is made, and while it is cleared away, too.
///
/// Thread-safe.
final class EventStream implements RunObserver, AutoCloseable {
  /// Longer than the pause between the events of a running container, far shorter than a client's
  /// patience.
  static final Duration SILENCE = Duration.ofSeconds(2);

  /// How long the last event waits for another to be written.
  private static final long LAST_WAIT_SECONDS = 1;

  private final OutputStream out;
  private final Duration silence;
  private final ReentrantLock writing = new ReentrantLock();
  private final CountDownLatch closed = new CountDownLatch(1);
  private long written;
  private boolean ended;

  /// Takes over `out`.
  EventStream(OutputStream out, Duration silence) {
    this.out = out;
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

  /// Shows that the run failed, unless another event is stuck because its client does not read;
  /// tells whether.
  boolean fail(RunEvent.Failed failed) throws IOException {
    if (!tryLock()) {
      return false;
    }
    try {
      write(failed);
      return true;
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
    ended |= event instanceof RunEvent.Exited || event instanceof RunEvent.Failed;
    out.write(WireJson.write(event));
    out.write('\n');
    out.flush();
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
      // Nobody watches any more; the run learns so from its own next event.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    out.close();
  }
}
