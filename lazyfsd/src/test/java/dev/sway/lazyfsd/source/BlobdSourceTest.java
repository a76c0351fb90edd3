package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.PackReference;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BlobdSourceTest {
  private static final PackReference PACK = new PackReference(Digest.of(new byte[] {1}), 1000);
  private static final String GOOD =
      "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 10-14/1000\r\n"
          + "Content-Length: 5\r\nConnection: close\r\n\r\nhello";
  private static final String FAULT =
      "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  private static final String GONE =
      answer("404 Not Found", "{\"error\":{\"kind\":\"not-found\",\"message\":\"no such blob\"}}");

  private static String answer(String status, String body) {
    return "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        .formatted(status, body.length(), body);
  }

  /// Gives the next of its answers to each request, the last one for ever.
  private static final class FakeBlobd implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger requests = new AtomicInteger();
    private final Queue<String> answers;

    FakeBlobd(String... answers) throws IOException {
      this.answers = new ArrayDeque<>(List.of(answers));
      Thread.ofPlatform().daemon().name("fake-blobd").start(this::serve);
    }

    private void serve() {
      try {
        while (!socket.isClosed()) {
          answerOne();
        }
      } catch (IOException e) {
        // The test has ended, or its client has: either way there is nobody to tell.
        return;
      }
    }

    private void answerOne() throws IOException {
      try (Socket connection = socket.accept();
          var in =
              new BufferedReader(
                  new InputStreamReader(
                      connection.getInputStream(), StandardCharsets.ISO_8859_1))) {
        String line = in.readLine();
        while (line != null && !line.isEmpty()) {
          line = in.readLine();
        }
        requests.incrementAndGet();
        String answer = answers.size() > 1 ? answers.remove() : answers.element();
        connection.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
      }
    }

    BlobClient client() throws SwayException {
      return new BlobClient(
          URI.create("http://127.0.0.1:" + socket.getLocalPort()), Optional.empty());
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static byte[] fetch(BlobClient client) throws IOException {
    return new BlobdSource(client)
        .fetch(
            PACK,
            10,
            5,
            Urgency.ON_DEMAND,
            new FetchCounters(),
            (body, where) -> body.toArray(ValueLayout.JAVA_BYTE));
  }

  @Test
  void faultyServerIsAskedAgainUntilItAnswers() throws IOException {
    try (FakeBlobd blobd = new FakeBlobd(FAULT, FAULT, GOOD);
        BlobClient client = blobd.client()) {
      assertThat(fetch(client)).isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
      assertThat(blobd.requests).hasValue(3);
    }
  }

  @Test
  void answerThatIsNoMatterOfTimeIsFinal() throws IOException {
    try (FakeBlobd blobd = new FakeBlobd(GONE);
        BlobClient client = blobd.client()) {
      assertThatThrownBy(() -> fetch(client))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND));
      assertThat(blobd.requests).hasValue(1);
    }
  }

  @Test
  void interruptEndsTheWait() throws IOException {
    try (FakeBlobd blobd = new FakeBlobd(FAULT);
        BlobClient client = blobd.client()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> fetch(client))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
