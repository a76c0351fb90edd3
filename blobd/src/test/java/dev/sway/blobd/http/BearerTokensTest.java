package dev.sway.blobd.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BearerTokensTest {
  @TempDir Path directory;

  private BearerTokens read(String content, String mode) throws Exception {
    Path file = Files.writeString(directory.resolve("tokens"), content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    return BearerTokens.read(file);
  }

  private static FailureKind kind(Throwable thrown) {
    return ((SwayException) thrown).kind();
  }

  @Test
  void everyTokenOfTheFileIsAccepted() throws Exception {
    BearerTokens tokens =
        read("# who may write\n\nci aaaaaaaaaaaaaaaa\nbbbbbbbbbbbbbbbb\n", "rw-r-----");
    assertThatCode(() -> tokens.check(Optional.of("Bearer aaaaaaaaaaaaaaaa")))
        .doesNotThrowAnyException();
    assertThatCode(() -> tokens.check(Optional.of("bearer  bbbbbbbbbbbbbbbb")))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Bearer", "Bearer ", "Bearer aaaaaaaaaaaaaaa", "Basic aaaaaaaaaaaaaaaa", "ci"})
  void anythingElseIsUnauthorized(String header) throws Exception {
    BearerTokens tokens = read("ci aaaaaaaaaaaaaaaa", "rw-------");
    assertThatThrownBy(() -> tokens.check(Optional.of(header)))
        .satisfies(e -> assertThat(kind(e)).isEqualTo(FailureKind.UNAUTHORIZED));
  }

  @Test
  void aFileThatOthersMayReadIsRefused() {
    assertThatThrownBy(() -> read("aaaaaaaaaaaaaaaa", "rw-r--r--"))
        .satisfies(e -> assertThat(kind(e)).isEqualTo(FailureKind.USAGE))
        .hasMessageContaining("chmod o-rw");
  }

  @Test
  void badLinesAreNamedButNeverQuoted() {
    assertThatThrownBy(() -> read("# ok\ntooshort\n", "rw-------"))
        .hasMessageContaining("line 2")
        .hasMessageNotContaining("tooshort");
    assertThatThrownBy(() -> read("a b cccccccccccccccccc\n", "rw-------"))
        .hasMessageContaining("line 1");
    assertThatThrownBy(() -> read("# none\n", "rw-------")).hasMessageContaining("no token");
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = directory.resolve("nothing");
    assertThatThrownBy(() -> BearerTokens.read(file)).hasMessageContaining(file.toString());
  }
}
