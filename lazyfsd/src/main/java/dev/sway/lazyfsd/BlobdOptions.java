package dev.sway.lazyfsd;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options of every command that mounts images.
final class BlobdOptions {
  @Option(
      names = "--blobd",
      required = true,
      paramLabel = "URL",
      description = "Where images come from, such as http://127.0.0.1:8443.")
  private @Nullable URI blobd;

  @Option(
      names = "--state",
      required = true,
      paramLabel = "DIR",
      description =
          "Folder for caches, mounts and runs; created where it is missing. One process uses it at a time.")
  private @Nullable Path state;

  BlobClient client() throws SwayException {
    if (blobd == null) {
      throw new SwayException(FailureKind.USAGE, "--blobd URL is missing");
    }
    return new BlobClient(blobd, Optional.ofNullable(System.getenv("SWAY_TOKEN")));
  }

  Path state() throws SwayException {
    if (state == null) {
      throw new SwayException(FailureKind.USAGE, "--state DIR is missing");
    }
    return state.toAbsolutePath().normalize();
  }
}
