package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceConfigTest {
  private static final URI BLOBD = URI.create("http://127.0.0.1:8443");

  private static void refused(SourceConfig config, String message) {
    assertThatThrownBy(() -> PackSources.open(config).close())
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://mirror.example",
        "ftp://127.0.0.1",
        "https://user:password@mirror.example",
        "https://mirror.example?x=y",
        "mirror.example"
      })
  void mirrorThatCannotBeCalledSafelyIsRefused(String url) {
    refused(
        new SourceConfig(
            List.of(),
            List.of(URI.create(url)),
            BLOBD,
            Optional.empty(),
            SourceConfig.READ_DEADLINE),
        "mirror");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 99, 3_600_001})
  void deadlineThatMakesNoSenseIsRefused(long millis) {
    refused(
        new SourceConfig(List.of(), List.of(), BLOBD, Optional.empty(), Duration.ofMillis(millis)),
        "deadline");
  }

  @Test
  void tokenThatWouldChangeTheRequestIsRefused() {
    refused(SourceConfig.of(BLOBD, Optional.of("a\r\nX: b")), "SWAY_TOKEN");
  }

  @Test
  void tooManyMirrorsAreRefused() {
    refused(
        new SourceConfig(
            List.of(),
            Collections.nCopies(17, BLOBD),
            BLOBD,
            Optional.empty(),
            SourceConfig.READ_DEADLINE),
        "17 mirrors");
  }

  @Test
  void sourcesAreInTheOrderOfTheConfiguration() throws SwayException {
    List<URI> mirrors =
        List.of(URI.create("https://b.example/path/"), URI.create("https://a.example"));
    try (PackSources sources =
        PackSources.open(
            new SourceConfig(
                List.of(), mirrors, BLOBD, Optional.empty(), SourceConfig.READ_DEADLINE))) {
      assertThat(sources.status())
          .extracting(SourceStatus::name)
          .containsExactly(
              "mirror at https://b.example/path/",
              "mirror at https://a.example",
              "blobd at http://127.0.0.1:8443");
    }
  }
}
