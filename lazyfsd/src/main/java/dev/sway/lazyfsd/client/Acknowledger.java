package dev.sway.lazyfsd.client;

import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.lazyfsd.api.LazyfsdApi;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Tells the worker which events are not needed any more, beside the stream they come in: the last
/// number only, one call at a time, whatever comes meanwhile, and not too often: a call costs as
/// much as some hundred kilobytes of output. Thread-safe.
final class Acknowledger implements AutoCloseable {
  /// Between two calls; short beside the time in which a container fills what the worker keeps.
  private static final long PACE = TimeUnit.MILLISECONDS.toNanos(25);

  /// After a call that has failed.
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(200);

  private final HttpCaller caller;
  private final AtomicLong wanted = new AtomicLong();
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean closed;

  /// @param caller stays the caller's to close
  Acknowledger(HttpCaller caller) {
    this.caller = caller;
  }

  /// The events of run `id` up to number `seq` were taken. Does not wait.
  void acknowledge(String id, long seq) {
    wanted.set(seq);
    if (busy.compareAndSet(false, true)) {
      Thread.ofVirtual().name("run-acknowledge").start(() -> tell(id));
    }
  }

  private void tell(String id) {
    long told = 0;
    do {
      while (told != wanted.get() && !closed) {
        LockSupport.parkNanos(PACE);
        long telling = wanted.get();
        if (arrives(id, telling)) {
          told = telling;
        } else {
          LockSupport.parkNanos(PAUSE);
        }
      }
      busy.set(false);
      // Somebody may have seen this busy who came after the last look.
    } while (told != wanted.get() && !closed && busy.compareAndSet(false, true));
  }

  private boolean arrives(String id, long seq) {
    try (HttpAnswer _ =
        caller.send(caller.request(LazyfsdApi.eventsThrough(id, seq)).DELETE().build())) {
      return true;
    } catch (IOException e) {
      // Whoever reads the events learns better what is wrong with the worker.
      return false;
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
