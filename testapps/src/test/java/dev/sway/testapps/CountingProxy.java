package dev.sway.testapps;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Stands between a worker and a blob server, counts what passes, and may take its time. For `GET`
/// only.
final class CountingProxy implements AutoCloseable {
  private static final List<HeaderName> PASSED =
      List.of(HeaderNames.CONTENT_RANGE, HeaderNames.CONTENT_TYPE);

  private final HttpClient client = HttpClient.newHttpClient();
  private final WebServer server;
  private final String target;
  private final Duration delay;
  private final AtomicLong rangeRequests = new AtomicLong();
  private final AtomicLong rangeBytes = new AtomicLong();

  /// @param target the blob server's address
  CountingProxy(String target) {
    this(target, Duration.ZERO);
  }

  /// @param delay before each request is passed on
  CountingProxy(String target, Duration delay) {
    this.target = target;
    this.delay = delay;
    server =
        WebServer.builder()
            .address(InetAddress.getLoopbackAddress())
            .port(0)
            .shutdownHook(false)
            .routing(HttpRouting.builder().any(this::pass))
            .build()
            .start();
  }

  private void pass(ServerRequest asked, ServerResponse response)
      throws IOException, InterruptedException {
    LockSupport.parkNanos(delay.toNanos());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(target + asked.prologue().uriPath().rawPath()));
    Optional<String> range = asked.headers().first(HeaderNames.RANGE);
    range.ifPresent(text -> request.header("Range", text));
    HttpResponse<byte[]> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (range.isPresent()) {
      rangeRequests.incrementAndGet();
      rangeBytes.addAndGet(answer.body().length);
    }
    for (HeaderName name : PASSED) {
      answer
          .headers()
          .firstValue(name.defaultCase())
          .ifPresent(text -> response.header(name, text));
    }
    response.status(answer.statusCode()).send(answer.body());
  }

  String url() {
    return "http://127.0.0.1:" + server.port();
  }

  /// How many ranges were asked for so far.
  long rangeRequests() {
    return rangeRequests.get();
  }

  /// How many bytes they had in all.
  long rangeBytes() {
    return rangeBytes.get();
  }

  @Override
  public void close() {
    server.stop();
    client.close();
  }
}
