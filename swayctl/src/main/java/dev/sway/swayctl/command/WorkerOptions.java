package dev.sway.swayctl.command;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.client.CacheClient;
import dev.sway.lazyfsd.client.RunClient;
import dev.sway.lazyfsd.client.TraceClient;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of a command that calls a worker, and no other server.
final class WorkerOptions {
  @Mixin WorkerAddress address = new WorkerAddress();

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file with the token in its first line. Else SWAY_TOKEN, if it is needed.")
  @Nullable Path tokenFile;

  RunClient connect(Map<String, String> environment) throws SwayException {
    return address.runs(environment, tokenFile);
  }

  TraceClient traces(Map<String, String> environment) throws SwayException {
    return address.traces(environment, tokenFile);
  }

  CacheClient cache(Map<String, String> environment) throws SwayException {
    return address.cache(environment, tokenFile);
  }
}
