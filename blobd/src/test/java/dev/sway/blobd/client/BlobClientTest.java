package dev.sway.blobd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.server.Fixture;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlobClientTest {
  @TempDir Path directory;

  @Test
  void aServerThatIsDownIsOneLineWithTheRemedy() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    URI uri = URI.create("http://127.0.0.1:" + port);
    try (BlobClient client = new BlobClient(uri, Optional.empty())) {
      assertThatThrownBy(() -> client.resolve(ImageName.parse("x")))
          .isInstanceOfSatisfying(
              SwayException.class,
              e -> assertThat(e.kind()).isEqualTo(FailureKind.BLOBD_UNREACHABLE))
          .hasMessage(
              "blobd at %s cannot be reached (connection refused); start it with 'blobd serve', or set SERVER_URL"
                  .formatted(uri));
    }
  }

  @Test
  void aFileThatIsMissingIsNamed() throws Exception {
    Path file = directory.resolve("nothing");
    try (Fixture blobd = Fixture.open(directory)) {
      assertThatThrownBy(() -> blobd.client().upload(Digest.of(new byte[0]), file, _ -> {}))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void aBlobOrRangeThatIsNotThereIsAFailure() throws Exception {
    byte[] content = Fixture.content(100);
    Digest digest = Digest.of(content);
    try (Fixture blobd = Fixture.open(directory)) {
      assertThatThrownBy(() -> blobd.client().range(digest, 0, 1))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND));
      blobd.client().upload(digest, content);
      assertThatThrownBy(() -> blobd.client().range(digest, 100, 1))
          .isInstanceOf(SwayException.class);
      assertThatThrownBy(() -> blobd.client().range(digest, 50, 100))
          .isInstanceOf(SwayException.class)
          .hasMessageContaining("bytes 50-99/100");
    }
  }

  @Test
  void aFileThatExistsIsNeverOverwrittenOrRemoved() throws Exception {
    byte[] content = Fixture.content(100);
    Path file = Files.writeString(directory.resolve("mine"), "precious");
    try (Fixture blobd = Fixture.open(directory)) {
      blobd.client().upload(Digest.of(content), content);
      assertThatThrownBy(() -> blobd.client().fetch(Digest.of(content), 100, file))
          .isInstanceOf(SwayException.class)
          .hasMessageContaining(file.toString());
    }
    assertThat(file).hasContent("precious");
  }
}
