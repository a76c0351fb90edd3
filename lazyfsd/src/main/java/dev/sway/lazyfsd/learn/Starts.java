package dev.sway.lazyfsd.learn;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// The runs that start just now, which have the processors before work that has time. Thread-safe.
final class Starts {
  private static final long LOOK_MILLIS = 20;

  private final long nanos;
  private final Set<Start> underWay = ConcurrentHashMap.newKeySet();

  /// @param longest what a start is taken to last at most
  Starts(Duration longest) {
    nanos = longest.toNanos();
  }

  /// A run that starts, until it is closed or a start is over. Closing it is idempotent.
  final class Start implements AutoCloseable {
    private final long begin = System.nanoTime();

    private boolean isOver() {
      return System.nanoTime() - begin >= nanos;
    }

    @Override
    public void close() {
      underWay.remove(this);
    }
  }

  Start begin() {
    Start start = new Start();
    underWay.add(start);
    return start;
  }

  /// Waits until nothing starts, though not for ever: on a machine where something always does,
  /// what waits is to be done as well.
  ///
  /// @param patience at most
  /// @return what is left of it
  Duration await(Duration patience) throws InterruptedIOException {
    long begin = System.nanoTime();
    long left = patience.toNanos();
    try {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      while (left > 0 && !isQuiet()) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        left = patience.toNanos() - (System.nanoTime() - begin);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted").initCause(e);
    }
    return Duration.ofNanos(Math.max(0, left));
  }

  private boolean isQuiet() {
    underWay.removeIf(Start::isOver);
    return underWay.isEmpty();
  }
}
