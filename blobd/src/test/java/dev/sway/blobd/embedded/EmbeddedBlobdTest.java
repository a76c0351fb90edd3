package dev.sway.blobd.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedBlobdTest {
  @TempDir Path folder;

  @Test
  void everybodyReadsAndOnlyWhoKnowsTheTokenWrites() throws Exception {
    PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    byte[] blob = {1, 2, 3};
    Digest digest = Digest.of(blob);
    try (EmbeddedBlobd blobd = EmbeddedBlobd.start(new Program("test", err, err, false), folder);
        BlobClient owner = new BlobClient(blobd.uri(), Optional.of(blobd.token()));
        BlobClient other = new BlobClient(blobd.uri(), Optional.empty())) {
      assertThat(blobd.uri().getHost()).isEqualTo("127.0.0.1");
      assertThatThrownBy(() -> other.upload(digest, blob)).isInstanceOf(SwayException.class);
      owner.upload(digest, blob);
      assertThat(other.range(digest, 1, 2)).containsExactly(2, 3);
    }
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("tokens"))))
        .isEqualTo("rw-------");
  }
}
