package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// Hears from the holder what it has to say by itself: that processes end, that the worker is to
/// leave its place to another, and that the holder is gone; then a new one is started.
///
/// [#close] is idempotent.
public final class HolderWatch implements AutoCloseable {
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final System.Logger LOG = System.getLogger(HolderWatch.class.getName());

  private final HolderClient client;
  private final Listener listener;
  private final AtomicReference<HolderLink> link = new AtomicReference<>();
  private volatile boolean closed;

  /// Is told, by one thread, one thing after another.
  public interface Listener {
    /// The process of a run has ended; may be told again.
    void exited(String id, int exitCode);

    /// The holder is gone, and all its runs with it. A new one is there.
    void lost();

    /// Another worker wants the place of this one.
    void leave();
  }

  private HolderWatch(HolderClient client, Listener listener) {
    this.client = client;
    this.listener = listener;
  }

  /// Begins to listen.
  ///
  /// @param client stays the caller's to close, after this
  public static HolderWatch start(HolderClient client, Listener listener) throws IOException {
    HolderWatch watch = new HolderWatch(client, listener);
    watch.open();
    Thread.ofVirtual().name("holder-watch").start(watch::listen);
    return watch;
  }

  private void open() throws IOException {
    HolderLink opened = client.connect();
    link.set(opened);
    opened.exchange(Frame.write(HolderProtocol.WATCH));
  }

  private void listen() {
    while (!closed) {
      try {
        hear(link.get().answer());
      } catch (IOException e) {
        // A run in a holder that nobody watches would never end for its client.
        while (!closed && !client.isClosed() && !replaced()) {
          LockSupport.parkNanos(RETRY_NANOS);
        }
        if (client.isClosed()) {
          return;
        }
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "a notice of the holder is lost: {0}", e.toString());
      }
    }
  }

  private void hear(Frame frame) throws IOException {
    switch (frame.code()) {
      case HolderProtocol.EXITED -> {
        String id = frame.text(HolderProtocol.MAX_NAME_BYTES);
        listener.exited(id, (int) frame.number(0, 255));
      }
      case HolderProtocol.LEAVE -> listener.leave();
      default -> throw new IOException("no notice but a " + frame);
    }
    frame.end();
  }

  /// Finds or starts another holder; false where that fails.
  private boolean replaced() {
    try {
      link.get().close();
      client.held();
      open();
      LOG.log(
          System.Logger.Level.ERROR,
          "the holder was killed, and its runs with it; there is a new one, process {0}",
          Long.toString(client.pid()));
      return true;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "the holder is gone and no other can be started, which is tried again: {0}",
          e.getMessage());
      return false;
    } finally {
      listener.lost();
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    link.get().close();
  }
}
