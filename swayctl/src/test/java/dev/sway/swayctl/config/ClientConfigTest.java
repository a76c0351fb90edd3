package dev.sway.swayctl.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClientConfigTest {
  private static final Optional<String> NO_FLAG = Optional.empty();

  @TempDir Path home;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void home() {
    environment.put("HOME", home.toString());
  }

  @Test
  void withoutAnySettingTheServersAreHere() throws IOException {
    ClientConfig config = ClientConfig.read(environment);
    assertThat(config.server(NO_FLAG)).isEqualTo(URI.create("http://127.0.0.1:8443"));
    assertThat(config.worker(NO_FLAG)).isEqualTo(URI.create("http://127.0.0.1:8444"));
    assertThat(config.token(Optional.empty())).isEmpty();
  }

  @Test
  void flagWinsOverVariableOverFile() throws IOException {
    write(
        home.resolve(".config/sway"),
        "server-url = https://file:1\nworker-url=https://file:2\ntoken=from-file\n");
    ClientConfig config = ClientConfig.read(environment);
    assertThat(config.server(NO_FLAG)).isEqualTo(URI.create("https://file:1"));
    assertThat(config.worker(NO_FLAG)).isEqualTo(URI.create("https://file:2"));
    assertThat(config.token(Optional.empty())).contains("from-file");

    environment.put("FILESERVER_URL", "https://second:1");
    assertThat(config.server(NO_FLAG)).isEqualTo(URI.create("https://second:1"));
    environment.put("SERVER_URL", "https://variable:1");
    environment.put("WORKER_URL", "");
    environment.put("SWAY_TOKEN", " from-variable\n");
    assertThat(config.server(NO_FLAG)).isEqualTo(URI.create("https://variable:1"));
    assertThat(config.worker(NO_FLAG)).isEqualTo(URI.create("https://file:2"));
    assertThat(config.token(Optional.empty())).contains("from-variable");

    Path token = Files.writeString(home.resolve("token"), "from-flag\r\nmore\n");
    assertThat(config.server(Optional.of("https://flag:1")))
        .isEqualTo(URI.create("https://flag:1"));
    assertThat(config.token(Optional.of(token))).contains("from-flag");
  }

  @Test
  void configurationFolderCanBeElsewhere(@TempDir Path elsewhere) throws IOException {
    environment.put("XDG_CONFIG_HOME", elsewhere.toString());
    write(elsewhere.resolve("sway"), "server-url=https://elsewhere\n");
    assertThat(ClientConfig.read(environment).server(NO_FLAG))
        .isEqualTo(URI.create("https://elsewhere"));
  }

  @Test
  void misspelledSettingIsAFailure() throws IOException {
    write(home.resolve(".config/sway"), "server_url=https://file:1\n");
    assertUsage("'server_url' is no setting; there are server-url, worker-url and token");
  }

  @Test
  void fileThatIsNoTextIsAFailure() throws IOException {
    write(home.resolve(".config/sway"), "token=\\u00zz\n");
    assertUsage("config.properties cannot be read");
  }

  @Test
  void tokenFileWithoutATokenIsAFailure() throws IOException {
    ClientConfig config = ClientConfig.read(environment);
    Path empty = Files.writeString(home.resolve("empty"), "\ntoken\n");
    assertThatThrownBy(() -> config.token(Optional.of(empty)))
        .hasMessageContaining("the first line of " + empty + " is empty");
    assertThatThrownBy(() -> config.token(Optional.of(home.resolve("gone"))))
        .hasMessageContaining("gone: no such file or directory");
  }

  private void assertUsage(String message) {
    assertThatThrownBy(() -> ClientConfig.read(environment))
        .isInstanceOfSatisfying(
            SwayException.class, failure -> assertThat(failure.kind()).isEqualTo(FailureKind.USAGE))
        .hasMessageContaining(message);
  }

  private static void write(Path folder, String text) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.properties"), text);
  }
}
