package dev.sway.swayctl.command;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.SwayException;
import dev.sway.swayctl.config.ClientConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of a command that calls the blob server.
final class ServerOptions {
  @Option(
      names = "--server",
      paramLabel = "URL",
      description = {
        "The blob server's address.",
        "Else SERVER_URL, FILESERVER_URL, server-url in",
        "~/.config/sway/config.properties, or http://127.0.0.1:8443."
      })
  @Nullable String server;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file with the token in its first line. Else SWAY_TOKEN, if it is needed.")
  @Nullable Path tokenFile;

  BlobClient connect(Map<String, String> environment) throws SwayException {
    ClientConfig config = ClientConfig.read(environment);
    return new BlobClient(
        config.server(Optional.ofNullable(server)), config.token(Optional.ofNullable(tokenFile)));
  }
}
