package dev.sway.blobd.http;

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
import java.util.function.Function;

/// Breaks off bodies on which a reader waits too long. A JDK request's own time limit ends with the
/// headers, so a server that stops in the middle of a body would hold its reader for ever.
///
/// Thread-safe; one named thread looks at all bodies.
final class BodyGuard implements AutoCloseable {
  private final Duration limit;
  private final Set<Body> bodies = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService timer;
  private final ScheduledFuture<?> checks;

  BodyGuard(String name, Duration limit) {
    this.limit = limit;
    timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
    long period = Math.max(1, limit.toMillis() / 10);
    checks = timer.scheduleWithFixedDelay(this::check, period, period, TimeUnit.MILLISECONDS);
  }

  /// `body`, whose exceptions become what `failure` makes of them, and which is broken off where
  /// one read waits longer than the limit, if it is `timed`.
  InputStream guard(InputStream body, boolean timed, Function<IOException, IOException> failure) {
    Body guarded = new Body(body, failure);
    if (timed) {
      bodies.add(guarded);
    }
    return guarded;
  }

  private void check() {
    long now = System.nanoTime();
    for (Body body : bodies) {
      if (body.waiting && now - body.since > limit.toNanos()) {
        body.breakOff();
      }
    }
  }

  @Override
  public void close() {
    checks.cancel(false);
    timer.shutdownNow();
  }

  private final class Body extends InputStream {
    private final InputStream in;
    private final Function<IOException, IOException> failure;
    private volatile boolean waiting;
    private volatile boolean broken;
    private volatile long since;

    Body(InputStream in, Function<IOException, IOException> failure) {
      this.in = in;
      this.failure = failure;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      since = System.nanoTime();
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
