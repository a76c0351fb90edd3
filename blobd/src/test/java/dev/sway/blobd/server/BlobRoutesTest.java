package dev.sway.blobd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.ManifestFormat;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BlobRoutesTest {
  private static final byte[] CONTENT = Fixture.content(300_000);
  private static final Digest DIGEST = Digest.of(CONTENT);
  private static final String PATH = BlobdApi.blob(DIGEST);

  @TempDir Path directory;
  private Fixture blobd;

  @BeforeEach
  void start() throws Exception {
    blobd = Fixture.open(directory);
  }

  @AfterEach
  void stop() throws Exception {
    blobd.close();
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  @Test
  void whatIsUploadedComesBack() throws Exception {
    AtomicLong sent = new AtomicLong();
    Path file = Files.write(directory.resolve("blob"), CONTENT);
    blobd.client().upload(DIGEST, file, sent::addAndGet);
    assertThat(sent).hasValue(CONTENT.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    blobd.client().fetch(DIGEST, CONTENT.length, out);
    assertThat(out.toByteArray()).isEqualTo(CONTENT);
    Path copy = directory.resolve("copy");
    blobd.client().fetch(DIGEST, CONTENT.length, copy);
    assertThat(copy).hasBinaryContent(CONTENT);
    assertThat(blobd.client().range(DIGEST, 299_000, 1000))
        .isEqualTo(Arrays.copyOfRange(CONTENT, 299_000, 300_000));
    assertThat(blobd.temporary()).isEmptyDirectory();
  }

  @Test
  void anUploadIsCreatedOnceAndTheEmptyBlobIsOne() throws Exception {
    String path = BlobdApi.blob(Digest.of(new byte[0]));
    assertThat(blobd.send(blobd.request(path).PUT(BodyPublishers.noBody())).statusCode())
        .isEqualTo(201);
    assertThat(blobd.send(blobd.request(path).PUT(BodyPublishers.noBody())).statusCode())
        .isEqualTo(200);
    HttpResponse<byte[]> response = blobd.send(blobd.request(path));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void headSaysWhatGetWouldSend() throws Exception {
    blobd.client().upload(DIGEST, CONTENT);
    HttpResponse<byte[]> response =
        blobd.send(blobd.request(PATH).HEAD().header("Range", "bytes=0-1"));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Length")).isEqualTo("300000");
    assertThat(header(response, "ETag")).isEqualTo('"' + DIGEST.toString() + '"');
    assertThat(header(response, "Accept-Ranges")).isEqualTo("bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 0",
    "bytes=1000-1999, 1000, 1999",
    "bytes=299990-, 299990, 299999",
    "bytes=-7, 299993, 299999",
    "bytes=299990-999999999999999999999, 299990, 299999",
  })
  void oneRangeIsAnsweredExactly(String range, int first, int last) throws Exception {
    blobd.client().upload(DIGEST, CONTENT);
    HttpResponse<byte[]> response = blobd.send(blobd.request(PATH).header("Range", range));
    assertThat(response.statusCode()).isEqualTo(206);
    assertThat(header(response, "Content-Range"))
        .isEqualTo("bytes %d-%d/300000".formatted(first, last));
    assertThat(response.body()).isEqualTo(Arrays.copyOfRange(CONTENT, first, last + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=300000-", "bytes=-0", "bytes=0-1,5-6"})
  void rangesThatCannotBeServedAreAnsweredWith416(String range) throws Exception {
    blobd.client().upload(DIGEST, CONTENT);
    HttpResponse<byte[]> response = blobd.send(blobd.request(PATH).header("Range", range));
    assertThat(response.statusCode()).isEqualTo(416);
    assertThat(header(response, "Content-Range")).isEqualTo("bytes */300000");
    assertThat(text(response)).startsWith("{\"error\":{\"kind\":\"usage\",");
  }

  @Test
  void malformedRangesAndOtherConditionsGetTheWhole() throws Exception {
    blobd.client().upload(DIGEST, CONTENT);
    assertThat(blobd.send(blobd.request(PATH).header("Range", "bytes=9-5")).body())
        .isEqualTo(CONTENT);
    assertThat(
            blobd
                .send(
                    blobd.request(PATH).header("Range", "bytes=0-1").header("If-Range", "\"old\""))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void wrongDigestLeavesNothing() throws Exception {
    Digest other = Digest.of(new byte[] {1});
    assertThatThrownBy(() -> blobd.client().upload(other, CONTENT))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT))
        .hasMessageContainingAll(other.toString(), blobd.server().uri().toString());
    assertThat(blobd.client().missing(List.of(other))).containsExactly(other);
    assertThat(blobd.temporary()).isEmptyDirectory();
  }

  @Test
  void anAbortedUploadLeavesNothingAndIsNoFaultOfTheServer() throws Exception {
    try (Socket socket =
        new Socket(InetAddress.ofLiteral("127.0.0.1"), blobd.server().uri().getPort())) {
      socket
          .getOutputStream()
          .write(
              "PUT %s HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n"
                  .formatted(PATH)
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(CONTENT, 0, 200_000);
    }
    blobd.close();
    assertThat(blobd.temporary()).isEmptyDirectory();
    assertThat(blobd.log()).isEmpty();
    start();
    assertThat(blobd.client().missing(List.of(DIGEST))).containsExactly(DIGEST);
  }

  @Test
  void twoUploadsOfOneBlobAtOnceBothSucceed() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Object>> uploads =
          threads.invokeAll(
              Collections.nCopies(
                  4,
                  Executors.callable(() -> {
                    try {
                      blobd.client().upload(DIGEST, CONTENT);
                    } catch (java.io.IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  })));
      for (Future<Object> upload : uploads) {
        upload.get();
      }
    }
    assertThat(blobd.client().range(DIGEST, 0, CONTENT.length)).isEqualTo(CONTENT);
    assertThat(blobd.temporary()).isEmptyDirectory();
  }

  @Test
  void missingKeepsTheOrderAndDropsDuplicates() throws Exception {
    blobd.client().upload(DIGEST, CONTENT);
    Digest one = Digest.of(new byte[] {1});
    Digest two = Digest.of(new byte[] {2});
    assertThat(blobd.client().missing(List.of(two, DIGEST, one, two))).containsExactly(two, one);
    assertThat(blobd.client().missing(List.of())).isEmpty();
    HttpResponse<byte[]> response =
        blobd.send(
            blobd
                .request("/v1/blobs/missing")
                .POST(
                    BodyPublishers.ofString(
                        "{\"digests\":[\"%s\",\"%s\",\"%s\"]}".formatted(two, one, two))));
    assertThat(text(response)).isEqualTo("{\"missing\":[\"%s\",\"%s\"]}".formatted(two, one));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/blobs/sha256:abc",
        "/v1/blobs/%00",
        "/v1/names/..%2f..%2fetc%2fpasswd",
        "/v1/names/UPPER",
      })
  void textThatIsNoDigestOrNameIsRefused(String path) throws Exception {
    HttpResponse<byte[]> response = blobd.send(blobd.request(path));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(text(response)).contains("\"kind\":\"usage\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/blobs/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/blobs/sha256:..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/v1/blobs/../../../etc/passwd",
        "/etc/passwd",
      })
  void pathsThatClimbLeadNowhere(String path) throws Exception {
    HttpResponse<byte[]> response = blobd.send(blobd.request(path));
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(text(response)).contains("\"kind\":\"not-found\"");
  }

  @Test
  void oversizedAndMalformedBodiesAreRefused() throws Exception {
    assertThat(missing(BodyPublishers.ofByteArray(new byte[BlobdApi.MAX_MISSING_BYTES + 1])))
        .isEqualTo(413);
    assertThat(missing(BodyPublishers.ofString("{\"digests\":[\"sha256:x\"]}"))).isEqualTo(400);
    assertThat(missing(BodyPublishers.ofString("[]"))).isEqualTo(400);
    assertThat(missing(BodyPublishers.noBody())).isEqualTo(400);
    String many = ("\"" + DIGEST + "\",").repeat(BlobdApi.MAX_MISSING) + "\"" + DIGEST + "\"";
    assertThat(missing(BodyPublishers.ofString("{\"digests\":[" + many + "]}"))).isEqualTo(400);
    assertThat(
            blobd
                .send(
                    blobd
                        .request(PATH)
                        // Else the answer can be lost: the kernel resets a connection that is
                        // closed with something unread.
                        .expectContinue(true)
                        .PUT(
                            BodyPublishers.ofInputStream(
                                () -> new java.io.ByteArrayInputStream(CONTENT))))
                .statusCode())
        .isEqualTo(411);
  }

  private int missing(java.net.http.HttpRequest.BodyPublisher body) throws Exception {
    return blobd.send(blobd.request("/v1/blobs/missing").POST(body)).statusCode();
  }

  @Test
  void aDamagedBlobIsNeverDeliveredAsGood() throws Exception {
    blobd.client().upload(DIGEST, CONTENT);
    Path file = directory.resolve("store/blobs/sha256", DIGEST.hex().substring(0, 2), DIGEST.hex());
    byte[] damaged = CONTENT.clone();
    damaged[5] ^= 1;
    Files.write(file, damaged);
    Path copy = directory.resolve("copy");
    assertThatThrownBy(() -> blobd.client().fetch(DIGEST, CONTENT.length, copy))
        .isInstanceOf(CorruptException.class);
    assertThat(copy).doesNotExist();
    assertThatThrownBy(() -> blobd.client().manifestBytes(DIGEST))
        .isInstanceOf(CorruptException.class);
    assertThatThrownBy(() -> blobd.client().fetch(DIGEST, 10, copy))
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void aPackIsNotTakenForAManifest() throws Exception {
    byte[] large = new byte[ManifestFormat.MAX_BYTES + 1];
    blobd.client().upload(Digest.of(large), large);
    assertThatThrownBy(() -> blobd.client().manifestBytes(Digest.of(large)))
        .isInstanceOf(CorruptException.class)
        .hasMessageContainingAll(Digest.of(large).toString(), "something else than an image");
  }

  @Test
  void theServerStopsPromptlyWithIdleConnections() throws Exception {
    blobd.client().missing(List.of(DIGEST));
    long before = System.nanoTime();
    blobd.close();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
  }
}
