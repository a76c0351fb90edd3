package dev.sway.lazyfsd.source.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// One range on its way. One thread calls [#run], which waits as long as the server lets it wait:
/// whoever needs the range by a certain time watches [#received] and calls [#cancel].
public final class RangeCall {
  private final RangeClient client;
  private final BlobRange wanted;
  private final ByteBuffer target;

  /// In use by this call; whoever takes it out, the call itself or who cancels it, says what
  /// becomes of it.
  private final AtomicReference<@Nullable HttpConnection> connection = new AtomicReference<>();

  private volatile boolean cancelled;
  private volatile int received;

  RangeCall(RangeClient client, BlobRange wanted, ByteBuffer target) {
    this.client = client;
    this.wanted = wanted;
    this.target = target;
  }

  /// Fills the target.
  ///
  /// @throws RangeFailure where the server did not give exactly that range
  public void run() throws RangeFailure {
    try {
      if (!onKeptConnection()) {
        HttpConnection fresh = use(client.newConnection());
        try (Closing _ = new Closing(fresh)) {
          fresh.open();
          exchange(fresh);
        }
      }
    } catch (RangeFailure e) {
      throw e;
    } catch (IOException e) {
      throw new RangeFailure(reason(e), e);
    }
  }

  /// Whether a kept connection gave the range. A server may have closed it meanwhile; then nothing
  /// of an answer comes, and a fresh one is used.
  private boolean onKeptConnection() throws IOException {
    HttpConnection kept = client.idle().take(System.nanoTime());
    if (kept == null) {
      return false;
    }
    use(kept);
    try (Closing _ = new Closing(kept)) {
      exchange(kept);
      return true;
    } catch (IOException e) {
      if (kept.answered() || cancelled) {
        throw e;
      }
      target.rewind();
      return false;
    }
  }

  private void exchange(HttpConnection on) throws IOException {
    on.exchange(client.request(wanted), wanted, target, count -> received = count);
  }

  private HttpConnection use(HttpConnection used) {
    connection.set(used);
    if (cancelled) {
      cancel();
    }
    return used;
  }

  /// Gives a connection back, or closes it.
  private final class Closing implements AutoCloseable {
    private final HttpConnection used;

    Closing(HttpConnection used) {
      this.used = used;
    }

    @Override
    public void close() {
      if (connection.compareAndSet(used, null) && used.reusable()) {
        client.idle().give(used, System.nanoTime());
      } else {
        used.close();
      }
    }
  }

  /// Ends the call with an error if it has not ended; from any thread. Idempotent.
  public void cancel() {
    cancelled = true;
    HttpConnection used = connection.getAndSet(null);
    if (used != null) {
      used.close();
    }
  }

  /// How many bytes of the range are there.
  public int received() {
    return received;
  }

  private static String reason(IOException e) {
    String message = e.getMessage() == null ? "" : e.getMessage();
    return switch (e) {
      case UnknownHostException _ -> "unknown host";
      case SocketTimeoutException _ ->
          "no connection within " + PlainWire.CONNECT_MILLIS / 1000 + " s";
      case ConnectException _ ->
          message.isEmpty() ? "connection refused" : message.toLowerCase(Locale.ROOT);
      case SSLException _ -> "no TLS: " + message;
      default -> message.isEmpty() ? "connection lost" : "connection lost: " + message;
    };
  }
}
