package dev.sway.swayctl.command;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.lazyfsd.client.RunClient;
import dev.sway.lazyfsd.client.TraceClient;
import dev.sway.swayctl.config.ClientConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of a command that calls a worker.
final class WorkerOptions {
  @Option(
      names = "--worker",
      paramLabel = "URL",
      description = {
        "The worker's address.",
        "Else WORKER_URL, worker-url in",
        "~/.config/sway/config.properties, or http://127.0.0.1:8444."
      })
  @Nullable String worker;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file with the token in its first line. Else SWAY_TOKEN, if it is needed.")
  @Nullable Path tokenFile;

  RunClient connect(Map<String, String> environment) throws SwayException {
    ClientConfig config = ClientConfig.read(environment);
    return new RunClient(
        config.worker(Optional.ofNullable(worker)), config.token(Optional.ofNullable(tokenFile)));
  }

  TraceClient traces(Map<String, String> environment) throws SwayException {
    ClientConfig config = ClientConfig.read(environment);
    return new TraceClient(
        config.worker(Optional.ofNullable(worker)), config.token(Optional.ofNullable(tokenFile)));
  }

  CacheClient cache(Map<String, String> environment) throws SwayException {
    ClientConfig config = ClientConfig.read(environment);
    return new CacheClient(
        config.worker(Optional.ofNullable(worker)), config.token(Optional.ofNullable(tokenFile)));
  }
}
