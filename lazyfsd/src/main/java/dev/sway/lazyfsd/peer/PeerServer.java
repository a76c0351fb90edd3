package dev.sway.lazyfsd.peer;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ApiServer;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.cache.PackCache;
import io.helidon.webserver.http.HttpRouting;
import java.net.URI;
import java.time.Duration;

/// Serves what a cache has to other workers, read-only, on an address of its own. It never fetches
/// anything for them, so that workers can name each other as peers.
///
/// Thread-safe; [#close] is idempotent and lets answers under way finish first.
public final class PeerServer implements AutoCloseable {
  /// A request has no body.
  private static final long MAX_BODY = 0;

  /// An answer may take longer than a worker waits for the longest one. Workers ask again soon, or
  /// not for long.
  static final Patience PATIENCE = new Patience(Duration.ofSeconds(15), Duration.ofSeconds(30));

  /// With those who ask.
  ///
  /// @param answer how long an answer may take, however slowly it is read
  /// @param idle how long a connection may be without a request, before its first one too
  record Patience(Duration answer, Duration idle) {}

  private final AnswerTimer timer;
  private final ApiServer server;

  private PeerServer(AnswerTimer timer, ApiServer server) {
    this.timer = timer;
    this.server = server;
  }

  /// Starts to serve `cache`, which stays open until this is closed; when this returns, requests
  /// are answered.
  ///
  /// @throws SwayException of kind `in-use` where the port is taken, `usage` where the address
  ///   cannot be listened on
  public static PeerServer start(Program program, ListenAddress listen, PackCache cache)
      throws SwayException {
    return start(program, listen, cache, PATIENCE);
  }

  static PeerServer start(Program program, ListenAddress listen, PackCache cache, Patience patience)
      throws SwayException {
    AnswerTimer timer = new AnswerTimer(patience.answer());
    boolean started = false;
    try {
      HttpRouting.Builder routing =
          HttpRouting.builder().register(BlobdApi.BLOBS, new PeerRoutes(program, cache, timer));
      PeerServer server =
          new PeerServer(
              timer, ApiServer.start(program, listen, MAX_BODY, patience.idle(), routing));
      started = true;
      return server;
    } finally {
      if (!started) {
        timer.close();
      }
    }
  }

  /// The address that other workers call.
  public URI uri() {
    return server.uri();
  }

  @Override
  public void close() {
    // The server waits for answers under way, and some readers take all the time that they have.
    timer.breakOffAll();
    server.close();
    timer.close();
  }
}
