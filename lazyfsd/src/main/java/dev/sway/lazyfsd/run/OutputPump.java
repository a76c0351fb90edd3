package dev.sway.lazyfsd.run;

import dev.sway.lazyfsd.api.RunEvent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Passes on what a container writes to one of its streams, as it is written.
///
/// Until the container runs, what comes is runc's own complaint and is held back: a run that never
/// started is reported as a failure, in our words. No more than one buffer is held at any time:
/// while the observer takes its time, the container waits. Belongs to one thread.
final class OutputPump {
  private static final int BUFFER = 64 << 10;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final InputStream in;
  private final int stream;
  private final Path started;
  private final BooleanSupplier alive;
  private final RunObserver observer;
  private boolean running;

  /// @param stream 1 for stdout, 2 for stderr
  /// @param started a file that exists once the container runs
  /// @param alive whether runc still runs
  OutputPump(
      InputStream in, int stream, Path started, BooleanSupplier alive, RunObserver observer) {
    this.in = in;
    this.stream = stream;
    this.started = started;
    this.alive = alive;
    this.observer = observer;
  }

  /// Copies until the stream ends.
  void pump() throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      if (awaitStart()) {
        observer.show(new RunEvent.Output(stream, Arrays.copyOf(buffer, count)));
      }
    }
  }

  /// Waits until the container runs or runc has ended; answers whether it ran.
  private boolean awaitStart() {
    while (!running) {
      // In this order: a container that started and ended meanwhile has left its file.
      boolean mayStart = alive.getAsBoolean();
      running = Files.exists(started);
      if (!running && !mayStart) {
        return false;
      }
      if (!running) {
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
    return true;
  }
}
