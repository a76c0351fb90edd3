package dev.sway.lazyfsd;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.source.SourceConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

  @Option(
      names = "--peer",
      paramLabel = "URL",
      description = {
        "Another worker that was started with --peer-listen, asked for packs before everybody",
        "else; may be repeated."
      })
  private List<URI> peers = List.of();

  @Option(
      names = "--mirror",
      paramLabel = "URL",
      description = {
        "Where packs are asked for before blobd, such as https://mirror.example/sway; may be",
        "repeated. Any server that has blobd's paths of blobs."
      })
  private List<URI> mirrors = List.of();

  @Option(
      names = "--read-deadline",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = {
        "How long a read waits for bytes from all sources together before it fails,",
        "such as 500ms, 30s or 2m. Default: 30s."
      })
  private Duration readDeadline = SourceConfig.READ_DEADLINE;

  BlobClient client() throws SwayException {
    return new BlobClient(blobd(), token(), "give lazyfsd another --blobd", "SWAY_TOKEN");
  }

  SourceConfig sources() throws SwayException {
    return new SourceConfig(peers, mirrors, blobd(), token(), readDeadline);
  }

  private URI blobd() throws SwayException {
    if (blobd == null) {
      throw new SwayException(FailureKind.USAGE, "--blobd URL is missing");
    }
    return blobd;
  }

  private static Optional<String> token() {
    return Optional.ofNullable(System.getenv("SWAY_TOKEN"));
  }

  Path state() throws SwayException {
    if (state == null) {
      throw new SwayException(FailureKind.USAGE, "--state DIR is missing");
    }
    return state.toAbsolutePath().normalize();
  }
}
