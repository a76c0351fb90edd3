package dev.sway.blobd.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is in the body of a request is never another request, and a connection ends where its
/// answer says so.
@Timeout(60)
class ConnectionEndTest {
  private static final byte[] CONTENT = "smuggled".getBytes(StandardCharsets.US_ASCII);

  /// A whole request that changes something.
  private static final String UPLOAD =
      "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nsmuggled"
          .formatted(BlobdApi.blob(Digest.of(CONTENT)), CONTENT.length);

  @TempDir Path directory;

  private static Socket send(Fixture blobd, String text) throws IOException {
    Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), blobd.server().uri().getPort());
    socket.setSoTimeout(20_000);
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /// What comes until the server ends the connection.
  private static String answers(Fixture blobd, String text) throws IOException {
    try (Socket socket = send(blobd, text)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static void assertNothingChanged(Fixture blobd) throws Exception {
    assertThat(blobd.get(BlobdApi.blob(Digest.of(CONTENT))).statusCode()).isEqualTo(404);
  }

  private static String last() {
    return "GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /v1/status HTTP/1.1\r\nOrigin: http://evil.example\r\n",
        "POST /v1/status HTTP/1.1\r\nOrigin: http://evil.example\r\nConnection: close\r\n",
        "GET /v1/status HTTP/1.1\r\nConnection: close\r\n",
        "POST /v1/nothing HTTP/1.1\r\nConnection: close\r\n",
        "PUT /v1/names/x HTTP/1.1\r\nConnection: close\r\n",
        "PUT /v1/names/-bad- HTTP/1.1\r\n",
        "GET /v1/status HTTP/1.1\r\n"
      })
  void bodyOfARequestIsNoRequest(String beginning) throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      String answers =
          answers(
              blobd,
              beginning
                  + "Host: x\r\nContent-Length: %d\r\n\r\n".formatted(UPLOAD.length())
                  + UPLOAD
                  + last());
      // Where the connection did not end with the first, the last one is answered too.
      assertThat(answers.split("HTTP/1.1 ", -1)).hasSizeBetween(2, 3);
      assertNothingChanged(blobd);
    }
  }

  @Test
  void connectionEndsWithAChunkedBody() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      String answers =
          answers(
              blobd,
              "POST /v1/blobs/missing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n"
                      .formatted(UPLOAD.length())
                  + UPLOAD
                  + "\r\n0\r\n\r\n");
      assertThat(answers).startsWith("HTTP/1.1 411 ");
      assertThat(answers.split("HTTP/1.1 ", -1)).hasSize(2);
      assertNothingChanged(blobd);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/status", "/v1/names", "/v1/nothing", "/v1/names/x"})
  void connectionEndsWhereTheClientSaysSo(String path) throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      String answer =
          answers(blobd, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".formatted(path));
      assertThat(answer).startsWith("HTTP/1.1 ").contains("Connection: close");
      assertThat(answer).endsWith("}");
    }
  }

  @Test
  void connectionGoesOnAfterWhatIsRefused() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      String refused = "GET /v1/names/x HTTP/1.1\r\nHost: x\r\n\r\n";
      String answers =
          answers(
              blobd,
              refused
                  + "PUT /v1/names/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{}."
                  + UPLOAD
                  + last());
      assertThat(answers.split("HTTP/1.1 ", -1)).hasSize(5);
      assertThat(blobd.get(BlobdApi.blob(Digest.of(CONTENT))).statusCode()).isEqualTo(200);
    }
  }
}
