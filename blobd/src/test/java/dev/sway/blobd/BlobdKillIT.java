package dev.sway.blobd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real blobd process that is killed and started again.
@Timeout(120)
final class BlobdKillIT {
  private static final int SIZE = 8 << 20;

  @TempDir Path directory;

  private static byte[] content(int seed) {
    byte[] bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static BlobClient client(URI uri) throws IOException {
    return new BlobClient(uri, Optional.empty());
  }

  @Test
  void killedInTheMiddleOfAnUploadItKeepsWhatItAcknowledgedAndNothingElse() throws Exception {
    Path store = directory.resolve("store");
    byte[] kept = content(1);
    byte[] lost = content(2);
    try (BlobdProcess blobd = BlobdProcess.start(store);
        BlobClient client = client(blobd.uri());
        Socket upload = new Socket(InetAddress.ofLiteral("127.0.0.1"), blobd.uri().getPort())) {
      client.upload(Digest.of(kept), kept);
      OutputStream out = upload.getOutputStream();
      out.write(
          "PUT /v1/blobs/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
              .formatted(Digest.of(lost), SIZE)
              .getBytes(StandardCharsets.US_ASCII));
      out.write(lost, 0, SIZE / 2);
      out.flush();
      awaitUnfinished(store.resolve("tmp"));
      blobd.kill();
    }
    assertThat(store.resolve("tmp")).isNotEmptyDirectory();
    try (BlobdProcess blobd = BlobdProcess.start(store);
        BlobClient client = client(blobd.uri())) {
      assertThat(store.resolve("tmp")).isEmptyDirectory();
      assertThat(client.missing(List.of(Digest.of(kept), Digest.of(lost))))
          .containsExactly(Digest.of(lost));
      client.fetch(Digest.of(kept), SIZE, OutputStream.nullOutputStream());
      client.upload(Digest.of(lost), lost);
      client.fetch(Digest.of(lost), SIZE, OutputStream.nullOutputStream());
      assertThat(blobd.terminate()).isZero();
    }
  }

  @Test
  void terminatedItEndsCleanlyWithOpenConnections() throws Exception {
    try (BlobdProcess blobd = BlobdProcess.start(directory.resolve("store"));
        BlobClient client = client(blobd.uri())) {
      assertThat(blobd.ready()).contains("serving").contains("writes need no token");
      assertThat(client.names()).isEmpty();
      assertThat(blobd.terminate()).isZero();
    }
  }

  /// Returns once some bytes of an upload have reached the disk.
  private static void awaitUnfinished(Path temporary) throws IOException {
    while (true) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(temporary)) {
        for (Path file : files) {
          if (Files.size(file) > 0) {
            return;
          }
        }
      }
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }
}
