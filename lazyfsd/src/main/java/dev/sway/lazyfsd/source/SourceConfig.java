package dev.sway.lazyfsd.source;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Where packs come from.
///
/// @param peers other workers, asked first, in this order; they get no token
/// @param mirrors servers with blobd's blob paths, in the order in which they are asked; they get
///   no token
/// @param blobd asked after them
/// @param token for blobd
/// @param readDeadline how long a process waits for bytes before its read fails, all sources and
///   attempts together; 100 ms to an hour
public record SourceConfig(
    List<URI> peers, List<URI> mirrors, URI blobd, Optional<String> token, Duration readDeadline) {
  /// Unless told otherwise: longer than a server takes to be restarted, shorter than people take to
  /// lose patience.
  public static final Duration READ_DEADLINE = Duration.ofSeconds(30);

  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MAX_PEERS = 16;
  private static final int MAX_MIRRORS = 16;

  public SourceConfig {
    peers = List.copyOf(peers);
    mirrors = List.copyOf(mirrors);
  }

  /// Only blobd, and the usual deadline.
  public static SourceConfig of(URI blobd, Optional<String> token) {
    return new SourceConfig(List.of(), List.of(), blobd, token, READ_DEADLINE);
  }

  /// @throws SwayException of kind `usage` where something is out of its range
  void check() throws SwayException {
    if (readDeadline.compareTo(SHORTEST) < 0 || readDeadline.compareTo(LONGEST) > 0) {
      throw new SwayException(
          FailureKind.USAGE,
          "a read deadline of %d ms makes no sense; use one from 100ms to 60m"
              .formatted(readDeadline.toMillis()));
    }
    checkCount("peers", peers, MAX_PEERS);
    checkCount("mirrors", mirrors, MAX_MIRRORS);
  }

  private static void checkCount(String what, List<URI> servers, int most) throws SwayException {
    if (servers.size() > most) {
      throw new SwayException(
          FailureKind.USAGE,
          "%d %s are more than %d; name the nearest".formatted(servers.size(), what, most));
    }
  }
}
