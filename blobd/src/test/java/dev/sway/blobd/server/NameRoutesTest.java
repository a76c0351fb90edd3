package dev.sway.blobd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.client.ResolvedName;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NameRoutesTest {
  private static final byte[] INDEX = Fixture.content(1000);
  private static final byte[] PACK = Fixture.content(2000);
  private static final byte[] MANIFEST = Fixture.manifest(INDEX, PACK);
  private static final Digest ID = Digest.of(MANIFEST);

  @TempDir Path directory;

  private static AbstractThrowableAssert<?, ?> assertFails(
      FailureKind kind, ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(SwayException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  private static void uploadAll(Fixture blobd) throws Exception {
    blobd.client().upload(Digest.of(INDEX), INDEX);
    blobd.client().upload(Digest.of(PACK), PACK);
    blobd.client().upload(ID, MANIFEST);
  }

  @Test
  void aPublishedImageIsResolvedAndListed() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      ImageName name = ImageName.parse("team/scipy:v1");
      uploadAll(blobd);
      blobd.client().publish(name, ID);
      blobd.client().publish(ImageName.parse("a"), ID);
      ResolvedName resolved = blobd.client().resolve(name);
      assertThat(resolved.name()).isEqualTo(name);
      assertThat(resolved.manifest()).isEqualTo(ID);
      assertThat(blobd.client().names())
          .extracting(found -> found.name().toString())
          .containsExactly("a:latest", "team/scipy:v1");
      assertThat(blobd.client().manifestBytes(ID)).isEqualTo(MANIFEST);
    }
  }

  @Test
  void aNameIsNotPublishedBeforeEverythingItNames() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      ImageName name = ImageName.parse("early");
      assertFails(FailureKind.INCOMPLETE, () -> blobd.client().publish(name, ID))
          .hasMessageContaining("manifest " + ID);
      blobd.client().upload(ID, MANIFEST);
      assertFails(FailureKind.INCOMPLETE, () -> blobd.client().publish(name, ID))
          .hasMessageContaining("index " + Digest.of(INDEX));
      blobd.client().upload(Digest.of(INDEX), INDEX);
      assertFails(FailureKind.INCOMPLETE, () -> blobd.client().publish(name, ID))
          .hasMessageContaining("pack " + Digest.of(PACK));
      assertFails(FailureKind.UNKNOWN_IMAGE, () -> blobd.client().resolve(name));
      blobd.client().upload(Digest.of(PACK), PACK);
      blobd.client().publish(name, ID);
    }
  }

  @Test
  void aBlobThatIsNoManifestIsNotPublished() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      blobd.client().upload(Digest.of(PACK), PACK);
      assertFails(
          FailureKind.CORRUPT, () -> blobd.client().publish(ImageName.parse("x"), Digest.of(PACK)));
    }
  }

  @Test
  void anUnknownImageSaysHowToListThem() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      assertFails(
              FailureKind.UNKNOWN_IMAGE, () -> blobd.client().resolve(ImageName.parse("nope:v9")))
          .hasMessageContainingAll("nope:v9", "swayctl images", blobd.server().uri().toString());
    }
  }

  @Test
  void writesNeedTheTokenAndReadsDoNot() throws Exception {
    try (Fixture blobd = Fixture.guarded(directory, Optional.of("another-token-than-that"))) {
      assertFails(FailureKind.UNAUTHORIZED, () -> uploadAll(blobd))
          .hasMessageContainingAll("refused the token", "SWAY_TOKEN");
      assertFails(FailureKind.UNAUTHORIZED, () -> blobd.client().publish(ImageName.parse("x"), ID));
      assertFails(FailureKind.UNAUTHORIZED, () -> blobd.client().missing(List.of(ID)));
      assertFails(FailureKind.UNAUTHORIZED, () -> blobd.client().missing(List.of()));
      assertThat(blobd.client().names()).isEmpty();
      HttpResponse<byte[]> bare =
          blobd.send(
              blobd
                  .request("/v1/blobs/" + ID)
                  .PUT(BodyPublishers.ofByteArray(new byte[5_000_000])));
      assertThat(bare.statusCode()).isEqualTo(401);
      assertThat(bare.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"blobd\"");
      assertThat(new String(bare.body(), StandardCharsets.UTF_8)).contains("unauthorized");
      assertThat(blobd.temporary()).isEmptyDirectory();
    }
    try (Fixture blobd = Fixture.guarded(directory, Optional.empty())) {
      assertFails(FailureKind.UNAUTHORIZED, () -> uploadAll(blobd))
          .hasMessageContaining("needs a token");
      assertFails(FailureKind.UNAUTHORIZED, () -> blobd.client().missing(List.of()))
          .hasMessageContaining("needs a token");
    }
    try (Fixture blobd = Fixture.guarded(directory, Optional.of(Fixture.TOKEN))) {
      assertThat(blobd.client().missing(List.of(ID))).containsExactly(ID);
      uploadAll(blobd);
      blobd.client().publish(ImageName.parse("x"), ID);
    }
  }

  @Test
  void aRemovedNameIsGoneForGoodAndItsBlobsStay() throws Exception {
    ImageName name = ImageName.parse("team/scipy:v1");
    try (Fixture blobd = Fixture.open(directory)) {
      uploadAll(blobd);
      blobd.client().publish(name, ID);
      blobd.client().publish(ImageName.parse("other"), ID);
      assertThat(blobd.client().remove(name).manifest()).isEqualTo(ID);
      assertFails(FailureKind.UNKNOWN_IMAGE, () -> blobd.client().resolve(name));
      assertFails(FailureKind.UNKNOWN_IMAGE, () -> blobd.client().remove(name))
          .hasMessageContaining("team/scipy:v1");
      assertThat(blobd.client().missing(List.of(ID, Digest.of(PACK)))).isEmpty();
    }
    try (Fixture blobd = Fixture.open(directory)) {
      assertThat(blobd.client().names())
          .extracting(found -> found.name().toString())
          .containsExactly("other:latest");
    }
  }

  @Test
  void removingANameNeedsTheToken() throws Exception {
    ImageName name = ImageName.parse("x");
    try (Fixture blobd = Fixture.guarded(directory, Optional.of(Fixture.TOKEN))) {
      uploadAll(blobd);
      blobd.client().publish(name, ID);
    }
    try (Fixture blobd = Fixture.guarded(directory, Optional.empty())) {
      assertFails(FailureKind.UNAUTHORIZED, () -> blobd.client().remove(name));
      assertThat(blobd.client().resolve(name).manifest()).isEqualTo(ID);
    }
  }

  @Test
  void oversizedJsonIsRefused() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      assertThat(
              blobd
                  .send(
                      blobd
                          .request("/v1/names/x")
                          .PUT(BodyPublishers.ofByteArray(new byte[100_000])))
                  .statusCode())
          .isEqualTo(413);
    }
  }

  @Test
  void aClientThatStillSendsSeesWhyItIsRefused() throws Exception {
    try (Fixture blobd = Fixture.open(directory);
        Socket socket =
            new Socket(blobd.server().uri().getHost(), blobd.server().uri().getPort())) {
      OutputStream out = socket.getOutputStream();
      int parts = 20;
      byte[] part = new byte[50_000];
      out.write(
          "PUT /v1/names/x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
              .formatted(parts * part.length)
              .getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < parts; i++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        out.write(part);
      }
      BufferedReader answer =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      assertThat(answer.readLine()).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void aCallThatABrowserMakesForAWebPageIsRefused() throws Exception {
    try (Fixture blobd = Fixture.open(directory)) {
      assertThat(
              blobd
                  .send(blobd.request("/v1/names").header("Origin", "http://evil.example"))
                  .statusCode())
          .isEqualTo(403);
      assertThat(blobd.send(blobd.request("/v1/names")).statusCode()).isEqualTo(200);
    }
  }
}
