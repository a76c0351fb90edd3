package dev.sway.testapps;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// Stands between a worker and a blob server, and counts what passes. For `GET` only.
final class CountingProxy implements AutoCloseable {
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("proxy-", 0).factory());
  private final HttpClient client = HttpClient.newHttpClient();
  private final HttpServer server;
  private final String target;
  private final AtomicLong rangeRequests = new AtomicLong();
  private final AtomicLong rangeBytes = new AtomicLong();

  CountingProxy(String target) throws IOException {
    this.target = target;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::pass);
    server.start();
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(target + exchange.getRequestURI()));
      String range = exchange.getRequestHeaders().getFirst("Range");
      if (range != null) {
        request.header("Range", range);
      }
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      if (range != null) {
        rangeRequests.incrementAndGet();
        rangeBytes.addAndGet(answer.body().length);
      }
      answer
          .headers()
          .firstValue("Content-Range")
          .ifPresent(text -> exchange.getResponseHeaders().set("Content-Range", text));
      answer
          .headers()
          .firstValue("Content-Type")
          .ifPresent(text -> exchange.getResponseHeaders().set("Content-Type", text));
      exchange.sendResponseHeaders(
          answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
      exchange.getResponseBody().write(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
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
    server.stop(0);
    client.close();
    threads.close();
  }
}
