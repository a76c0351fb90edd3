package dev.sway.blobd.http;

import dev.sway.blobd.cli.Program;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The serving end of one of sway's HTTP APIs: Helidon with a virtual thread for each connection,
/// JSON errors, and bounds on everything a client can send or hold.
///
/// Thread-safe; [#close()] is idempotent, lets requests under way finish for up to ten seconds, and
/// then breaks them off.
public final class ApiServer implements AutoCloseable {
  /// How many connections there may be; the next one waits. Each may hold one open file beside its
  /// socket.
  private static final int MAX_CONNECTIONS = 1024;

  private static final Duration GRACE = Duration.ofSeconds(10);

  /// How long a connection may be silent in the middle of a request, and between two.
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private static final Duration IDLE = Duration.ofMinutes(5);

  /// How often it is looked for idle connections while the shortest-lived one could be idle.
  private static final int LOOKS_PER_IDLE = 4;

  private final WebServer server;
  private final URI uri;

  private ApiServer(WebServer server, URI uri) {
    this.server = server;
    this.uri = uri;
  }

  /// Starts to serve clients that may ask again after minutes; when this returns, requests are
  /// answered.
  ///
  /// @param program whose name is in log lines and challenges
  /// @param maxBody the longest body of any request in bytes; a longer one is answered with 413
  /// @param routing the API's routes and filters; gets the error handlers added
  /// @throws SwayException of kind `in-use` where the port is taken, `usage` where the address
  ///   cannot be listened on
  public static ApiServer start(
      Program program, ListenAddress listen, long maxBody, HttpRouting.Builder routing)
      throws SwayException {
    return start(program, listen, maxBody, IDLE, routing);
  }

  /// The same for clients of which less patience is expected.
  ///
  /// @param idle how long a connection may be without a request; one that has sent none yet too
  /// @throws SwayException likewise
  public static ApiServer start(
      Program program,
      ListenAddress listen,
      long maxBody,
      Duration idle,
      HttpRouting.Builder routing)
      throws SwayException {
    ErrorAnswers errors = new ErrorAnswers(program);
    routing
        .addFilter(errors::around)
        .addFilter(ApiServer::refuseBrowsers)
        .addFilter(RequestBody.bounded(maxBody))
        .error(Throwable.class, errors::answer);
    WebServer server =
        WebServer.builder()
            .address(listen.address())
            .port(listen.port())
            .maxTcpConnections(MAX_CONNECTIONS)
            .idleConnectionTimeout(idle)
            .idleConnectionPeriod(idle.dividedBy(LOOKS_PER_IDLE))
            .shutdownGracePeriod(GRACE)
            .shutdownHook(false)
            .connectionOptions(options -> options.readTimeout(SILENCE).tcpNoDelay(true))
            .directHandlers(errors.direct())
            .routing(routing)
            .build();
    probe(listen);
    server.start();
    if (!server.isRunning()) {
      throw inUse(listen, null);
    }
    return new ApiServer(server, listen.uri(server.port()));
  }

  /// A web page can make a browser on this machine call a server on its loopback, under a host name
  /// of the page's own choice (DNS rebinding). Browsers say where a call that changes something
  /// comes from; programs do not.
  private static void refuseBrowsers(
      FilterChain chain, RoutingRequest request, RoutingResponse response) {
    if (request.headers().contains(HeaderNames.ORIGIN)) {
      throw new HttpException(
          "this API is not for web pages: a call must not have an Origin",
          Status.FORBIDDEN_403,
          RequestBody.drained(request));
    }
    chain.proceed();
  }

  /// Learns why the address cannot be listened on, if it cannot: Helidon logs the reason and
  /// returns.
  private static void probe(ListenAddress listen) throws SwayException {
    try (ServerSocketChannel socket = ServerSocketChannel.open()) {
      socket.bind(new InetSocketAddress(listen.address(), listen.port()));
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage());
      throw reason.contains("in use")
          ? inUse(listen, e)
          : new SwayException(
              FailureKind.USAGE,
              "cannot listen on %s: %s; choose another address with %s"
                  .formatted(listen, reason, listen.option()),
              e);
    }
  }

  private static SwayException inUse(ListenAddress listen, @Nullable IOException cause) {
    return new SwayException(
        FailureKind.IN_USE,
        "%s is in use by another process; stop it, or choose another port with %s"
            .formatted(listen, listen.option()),
        cause);
  }

  /// The address that clients call, with the port that was really taken.
  public URI uri() {
    return uri;
  }

  @Override
  public void close() {
    server.stop();
  }
}
