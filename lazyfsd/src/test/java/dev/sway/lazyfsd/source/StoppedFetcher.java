package dev.sway.lazyfsd.source;

import dev.sway.formats.id.Digest;
import dev.sway.formats.index.PackReference;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A process that fetches a whole pack for each line that it is sent: it says that it has begun,
/// and then how many requests were sent and how many of them failed since its start.
final class StoppedFetcher {
  /// A source that gives nothing for a quarter of that is given up.
  private static final Duration DEADLINE = Duration.ofSeconds(8);

  private StoppedFetcher() {}

  /// Fetches from the URI of the first argument the pack of the second and third, which are its
  /// digest and its size.
  public static void main(String[] arguments) throws Exception {
    PackReference pack =
        new PackReference(Digest.parse(arguments[1]).orElseThrow(), Integer.parseInt(arguments[2]));
    SourceConfig blobd =
        new SourceConfig(
            List.of(), List.of(), URI.create(arguments[0]), Optional.empty(), DEADLINE);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (PackSources sources = PackSources.open(blobd)) {
      while (lines.readLine() != null) {
        System.out.println("begun");
        Digest came =
            sources.fetch(
                pack,
                0,
                (int) pack.size(),
                Urgency.ON_DEMAND,
                new FetchCounters(),
                (body, _) -> Digest.of(body.toArray(ValueLayout.JAVA_BYTE)));
        SourceStatus status = sources.status().getFirst();
        System.out.println(
            came.equals(pack.digest())
                ? "%d requests, %d failed".formatted(status.requests(), status.failures())
                : "wrong bytes");
      }
    }
  }
}
