package dev.sway.blobd.http;

import static java.net.http.HttpRequest.BodyPublishers.noBody;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpCallerTest {
  private static final HttpCaller.Peer PEER =
      new HttpCaller.Peer("lazyfsd", FailureKind.WORKER_UNREACHABLE, "start it", "SWAY_TOKEN");

  /// Long enough for an answer's headers on a busy machine.
  private static final Duration SHORT = Duration.ofSeconds(2);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.org:8443",
        "http://10.0.0.1:8443",
        "http://127.0.0.1.example.org",
        "http://0x7f000001",
        "ftp://127.0.0.1",
        "127.0.0.1:8443",
        "localhost:8443",
        "http://[::1",
        "",
        "http://user@127.0.0.1",
        "http://127.0.0.1/?a=b",
      })
  void addressesThatWouldNeedTlsOrAreNoneAreRefused(String url) {
    assertThatThrownBy(
            () -> new HttpCaller(PEER, ServerUrl.parse("lazyfsd", url), Optional.empty()))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE))
        .hasMessageContaining(url);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:8443/",
        "http://localhost",
        "http://[::1]:1",
        "https://example.org/sway/",
      })
  void loopbackAndTlsAreTaken(String url) throws Exception {
    try (HttpCaller caller = new HttpCaller(PEER, URI.create(url), Optional.empty())) {
      assertThat(caller.base().toString()).isEqualTo(url.replaceAll("/$", ""));
    }
  }

  @Test
  void aBodyThatStopsComingIsBrokenOff() throws Exception {
    assertThatThrownBy(() -> readFrom("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", SHORT))
        .isInstanceOfSatisfying(
            SwayException.class,
            e -> assertThat(e.kind()).isEqualTo(FailureKind.WORKER_UNREACHABLE))
        .hasMessageContainingAll("lazyfsd at http://127.0.0.1", "no more bytes", "start it");
  }

  @Test
  void anAnswerThatNeverComesIsTimedOut() {
    assertThatThrownBy(() -> readFrom("", SHORT)).hasMessageContaining("no answer in time");
  }

  @Test
  void anErrorThatIsNotOursIsUnreachable() {
    assertThatThrownBy(() ->
            readFrom(
                "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\nsorry",
                HttpCaller.ANSWER_LIMIT))
        .isInstanceOfSatisfying(
            SwayException.class,
            e -> assertThat(e.kind()).isEqualTo(FailureKind.WORKER_UNREACHABLE))
        .hasMessageContaining("502");
  }

  @Test
  void whereATokenIsFromIsSaid() {
    assertThatThrownBy(() ->
            readFrom(
                "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", HttpCaller.ANSWER_LIMIT))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNAUTHORIZED))
        .hasMessageEndingWith("needs a token; give one in SWAY_TOKEN");
  }

  @Test
  void whatTheFirstRequestMayHaveChangedIsNotSentAgain() throws Exception {
    assertThat(sent(request -> request.PUT(noBody()))).isEqualTo(2);
    assertThat(sent(request -> request.PUT(noBody()).header("If-Match", "\"a\""))).isEqualTo(1);
    assertThat(sent(request -> request.PUT(noBody()).header("If-None-Match", "*"))).isEqualTo(1);
    assertThat(sent(request -> request.DELETE())).isEqualTo(1);
  }

  /// How often a request is sent to a server that reads it and ends the connection.
  private static int sent(UnaryOperator<HttpRequest.Builder> request) throws Exception {
    AtomicInteger connections = new AtomicInteger();
    Thread serving;
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
      serving = Thread.ofVirtual().name("rude-server").start(() -> refuseAll(server, connections));
      URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort());
      try (HttpCaller caller = new HttpCaller(PEER, uri, Optional.empty(), SHORT)) {
        assertThatThrownBy(() -> caller.send(request.apply(caller.request("/")).build()))
            .isInstanceOfSatisfying(
                SwayException.class,
                e -> assertThat(e.kind()).isEqualTo(FailureKind.WORKER_UNREACHABLE));
      }
    }
    assertThat(serving.join(Duration.ofSeconds(10))).isTrue();
    return connections.get();
  }

  private static void refuseAll(ServerSocket server, AtomicInteger connections) {
    try {
      while (true) {
        try (Socket socket = server.accept()) {
          connections.incrementAndGet();
          socket.getInputStream().readNBytes(1);
        }
      }
    } catch (IOException e) {
      // Closed at the end.
      return;
    }
  }

  /// Reads what a server says that sends `answer` to everybody, and then nothing.
  private static void readFrom(String answer, Duration limit) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread serving =
          Thread.ofVirtual().name("silent-server").start(() -> answerAll(server, answer, done));
      URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort());
      try (HttpCaller caller = new HttpCaller(PEER, uri, Optional.empty(), limit);
          HttpAnswer got = caller.send(caller.request("/").build())) {
        got.bytes(100);
      } finally {
        done.countDown();
        assertThat(serving.join(Duration.ofSeconds(10))).isTrue();
      }
    }
  }

  private static void answerAll(ServerSocket server, String answer, CountDownLatch done) {
    try (Socket socket = server.accept()) {
      socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      done.await();
    } catch (IOException e) {
      done.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
