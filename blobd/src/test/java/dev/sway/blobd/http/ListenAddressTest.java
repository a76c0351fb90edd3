package dev.sway.blobd.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ListenAddressTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:8443, http://127.0.0.1:8443",
    "127.5.5.5:1, http://127.5.5.5:1",
    "localhost:8443, http://localhost:8443",
    "[::1]:65535, http://[::1]:65535",
  })
  void loopbackAddressesAreRead(String text, String uri) throws Exception {
    ListenAddress address = ListenAddress.parse(text);
    assertThat(address.uri(address.port())).hasToString(uri);
    assertThat(address).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:8443", "192.0.2.1:8443", "[::]:8443", "8.8.8.8:1"})
  void otherAddressesAreRefusedBecauseThereIsNoTls(String text) {
    assertThatThrownBy(() -> ListenAddress.parse(text))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE))
        .hasMessageContainingAll(text, "no TLS", "TLS proxy");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "8443",
        "localhost",
        "localhost:",
        "localhost:65536",
        "localhost:x",
        "::1:8443"
      })
  void anythingElseIsRefusedWithTheSyntax(String text) {
    assertThatThrownBy(() -> ListenAddress.parse(text))
        .isInstanceOf(SwayException.class)
        .hasMessageContaining("HOST:PORT");
  }
}
