package dev.sway.blobd.http;

import dev.sway.formats.stream.BlockInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// Breaks off bodies on which a reader waits too long. A JDK request's own time limit ends with the
/// headers, so a server that stops in the middle of a body would hold its reader for ever.
///
/// Thread-safe; one named thread looks at all bodies.
final class BodyGuard implements AutoCloseable {
  /// How often a waiting body is looked at until it has waited too long.
  private static final int CHECKS = 10;

  private final Duration limit;
  private final Set<Body> bodies = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService timer;
  private final ScheduledFuture<?> checks;

  BodyGuard(String name, Duration limit) {
    this.limit = limit;
    timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
    long period = Math.max(1, limit.toMillis() / CHECKS);
    checks = timer.scheduleWithFixedDelay(this::check, period, period, TimeUnit.MILLISECONDS);
  }

  /// `body`, whose exceptions become what `failure` makes of them, and which is broken off where
  /// one read waits longer than the limit.
  InputStream guard(InputStream body, Function<IOException, IOException> failure) {
    Body guarded = new Body(body, failure);
    bodies.add(guarded);
    return guarded;
  }

  /// Counts instead of looking at a clock: a process that was stopped for a while, or slept with
  /// its machine, goes on where it was.
  private void check() {
    for (Body body : bodies) {
      if (body.waiting && body.silentChecks.incrementAndGet() > CHECKS) {
        body.breakOff();
      }
    }
  }

  @Override
  public void close() {
    checks.cancel(false);
    timer.shutdownNow();
  }

  private final class Body extends BlockInputStream {
    private final InputStream in;
    private final Function<IOException, IOException> failure;
    private volatile boolean waiting;
    private volatile boolean broken;
    private final AtomicInteger silentChecks = new AtomicInteger();

    Body(InputStream in, Function<IOException, IOException> failure) {
      this.in = in;
      this.failure = failure;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      silentChecks.set(0);
      waiting = true;
      try {
        int count = in.read(bytes, offset, length);
        if (broken) {
          throw new IOException("broken off");
        }
        return count;
      } catch (IOException e) {
        throw failure.apply(broken ? stalled() : e);
      } finally {
        waiting = false;
      }
    }

    private HttpTimeoutException stalled() {
      return new HttpTimeoutException("no more bytes within " + limit.toSeconds() + " s");
    }

    void breakOff() {
      broken = true;
      bodies.remove(this);
      try {
        in.close();
      } catch (IOException e) {
        // The reader gets the time-out; that closing failed too tells nobody anything.
        return;
      }
    }

    @Override
    public void close() throws IOException {
      bodies.remove(this);
      in.close();
    }
  }
}
