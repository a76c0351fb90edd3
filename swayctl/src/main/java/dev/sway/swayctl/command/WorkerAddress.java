package dev.sway.swayctl.command;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.lazyfsd.client.RunClient;
import dev.sway.lazyfsd.client.TraceClient;
import dev.sway.swayctl.config.ClientConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The option of a command that calls a worker, and has the token's from elsewhere.
final class WorkerAddress {
  @Option(
      names = "--worker",
      paramLabel = "URL",
      description = {
        "The worker's address.",
        "Else WORKER_URL, worker-url in",
        "~/.config/sway/config.properties, or http://127.0.0.1:8444."
      })
  @Nullable String worker;

  /// A client of some kind, made from an address and perhaps a token.
  @FunctionalInterface
  private interface Making<T> {
    T of(URI worker, Optional<String> token) throws SwayException;
  }

  RunClient runs(Map<String, String> environment, @Nullable Path tokenFile) throws SwayException {
    return client(environment, tokenFile, RunClient::new);
  }

  TraceClient traces(Map<String, String> environment, @Nullable Path tokenFile)
      throws SwayException {
    return client(environment, tokenFile, TraceClient::new);
  }

  CacheClient cache(Map<String, String> environment, @Nullable Path tokenFile)
      throws SwayException {
    return client(environment, tokenFile, CacheClient::new);
  }

  private <T> T client(Map<String, String> environment, @Nullable Path tokenFile, Making<T> making)
      throws SwayException {
    ClientConfig config = ClientConfig.read(environment);
    return making.of(
        config.worker(Optional.ofNullable(worker)), config.token(Optional.ofNullable(tokenFile)));
  }
}
