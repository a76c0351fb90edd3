package dev.sway.swayctl.config;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

/// Which servers to call and with which token. A flag wins over a variable, a variable over the
/// file `config.properties` in the user's configuration folder, the file over the default.
///
/// An empty variable counts as none.
public final class ClientConfig {
  private static final String SERVER_KEY = "server-url";
  private static final String WORKER_KEY = "worker-url";
  private static final String TOKEN_KEY = "token";
  private static final Set<String> KEYS = Set.of(SERVER_KEY, WORKER_KEY, TOKEN_KEY);
  private static final String DEFAULT_SERVER = "http://127.0.0.1:8443";
  private static final String DEFAULT_WORKER = "http://127.0.0.1:8444";
  private static final int MAX_TOKEN_BYTES = 16 << 10;

  private final Map<String, String> environment;
  private final Path file;
  private final Properties settings;

  private ClientConfig(Map<String, String> environment, Path file, Properties settings) {
    this.environment = environment;
    this.file = file;
    this.settings = settings;
  }

  /// Reads the user's configuration file, if there is one.
  ///
  /// @throws SwayException of kind `usage` where it cannot be read or has a key that is none
  public static ClientConfig read(Map<String, String> environment) throws SwayException {
    Path file = UserFolders.of(environment).config().resolve("config.properties");
    Properties settings = new Properties();
    if (Files.exists(file)) {
      try (Reader reader = Files.newBufferedReader(file)) {
        settings.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new SwayException(
            FailureKind.USAGE, "%s cannot be read: %s; correct it".formatted(file, reason(e)), e);
      }
    }
    for (String key : settings.stringPropertyNames()) {
      if (!KEYS.contains(key)) {
        throw new SwayException(
            FailureKind.USAGE,
            "%s: '%s' is no setting; there are %s, %s and %s"
                .formatted(file, key, SERVER_KEY, WORKER_KEY, TOKEN_KEY));
      }
    }
    return new ClientConfig(environment, file, settings);
  }

  /// The address of the blob server.
  ///
  /// @param flag what `--server` says
  public URI server(Optional<String> flag) throws SwayException {
    return url(flag, "--server", Stream.of("SERVER_URL", "FILESERVER_URL"), SERVER_KEY)
        .orElse(URI.create(DEFAULT_SERVER));
  }

  /// The address of the worker.
  ///
  /// @param flag what `--worker` says
  public URI worker(Optional<String> flag) throws SwayException {
    return url(flag, "--worker", Stream.of("WORKER_URL"), WORKER_KEY)
        .orElse(URI.create(DEFAULT_WORKER));
  }

  /// The token, if one is set.
  ///
  /// @param flag the file that `--token-file` names, whose first line is the token
  public Optional<String> token(Optional<Path> flag) throws SwayException {
    if (flag.isPresent()) {
      return Optional.of(tokenIn(flag.get()));
    }
    return variable("SWAY_TOKEN").or(() -> setting(TOKEN_KEY)).map(String::strip);
  }

  private record Sourced(String where, String text) {}

  private Optional<URI> url(
      Optional<String> flag, String flagName, Stream<String> variables, String key)
      throws SwayException {
    Optional<Sourced> found =
        flag.map(text -> new Sourced(flagName, text))
            .or(() ->
                variables
                    .flatMap(name -> variable(name).map(text -> new Sourced(name, text)).stream())
                    .findFirst())
            .or(() -> setting(key).map(text -> new Sourced(key + " in " + file, text)));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new URI(found.get().text().strip()));
    } catch (URISyntaxException e) {
      throw new SwayException(
          FailureKind.USAGE,
          "%s: '%s' is not an address; use http://127.0.0.1:PORT or https://HOST[:PORT]"
              .formatted(found.get().where(), found.get().text()),
          e);
    }
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(text -> !text.isBlank());
  }

  private Optional<String> setting(String key) {
    return Optional.ofNullable(settings.getProperty(key)).filter(text -> !text.isBlank());
  }

  private static String tokenIn(Path file) throws SwayException {
    byte[] bytes;
    try (var in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_TOKEN_BYTES);
    } catch (IOException e) {
      throw new SwayException(
          FailureKind.USAGE,
          "--token-file: %s; give a file whose first line is the token".formatted(reason(file, e)),
          e);
    }
    return new String(bytes, StandardCharsets.UTF_8)
        .lines()
        .map(String::strip)
        .findFirst()
        .filter(token -> !token.isEmpty())
        .orElseThrow(() ->
            new SwayException(
                FailureKind.USAGE,
                "--token-file: the first line of %s is empty; it must be the token"
                    .formatted(file)));
  }

  private static String reason(Path file, IOException e) {
    return Failures.storage(file, e).getMessage();
  }

  private static String reason(Exception e) {
    return e instanceof IOException io
        ? Failures.of(io).getMessage()
        : String.valueOf(e.getMessage());
  }
}
