package dev.sway.lazyfsd.source;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.PackReference;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.Random;

/// What one range costs this process in CPU, through a general HTTP client and through ours; called
/// by `testapps/bench-range` with `CLIENT URL DIGEST SIZE LENGTH`, in a new JVM for each client,
/// because the first requests are what a cold run makes.
final class RangeCost {
  private static final int COLD_REQUESTS = 200;
  private static final int WARM_REQUESTS = 3000;
  private static final int WARM_ROUNDS = 3;

  private RangeCost() {}

  @FunctionalInterface
  private interface Ranges {
    long fetch(long offset) throws IOException;
  }

  public static void main(String[] args) throws IOException {
    URI url = URI.create(args[1]);
    PackReference pack =
        new PackReference(Digest.parse(args[2]).orElseThrow(), Long.parseLong(args[3]));
    int length = Integer.parseInt(args[4]);
    long before = cpuNanos();
    if (args[0].equals("general")) {
      try (BlobClient client = new BlobClient(url, Optional.empty())) {
        measure(
            args[0],
            before,
            pack,
            length,
            offset -> client.range(pack.digest(), offset, length).length);
      }
    } else {
      FetchCounters counters = new FetchCounters();
      try (PackSources sources = PackSources.open(SourceConfig.of(url, Optional.empty()))) {
        measure(
            args[0],
            before,
            pack,
            length,
            offset ->
                sources.fetch(
                    pack,
                    offset,
                    length,
                    Urgency.ON_DEMAND,
                    counters,
                    (body, _) -> body.byteSize()));
      }
    }
  }

  private static void measure(
      String name, long before, PackReference pack, int length, Ranges ranges) throws IOException {
    Random random = new Random(1);
    long last = pack.size() - length;
    fetch(ranges, random, COLD_REQUESTS, last, length);
    long cold = cpuNanos() - before;
    long warm = 0;
    for (int round = 0; round < WARM_ROUNDS; round++) {
      long start = cpuNanos();
      fetch(ranges, random, WARM_REQUESTS, last, length);
      warm = cpuNanos() - start;
    }
    System.out.printf(
        "| %s | %d ms | %d us |%n", name, cold / 1_000_000, warm / 1000 / WARM_REQUESTS);
  }

  private static void fetch(Ranges ranges, Random random, int requests, long last, int length)
      throws IOException {
    for (int i = 0; i < requests; i++) {
      if (ranges.fetch(random.nextLong(last)) != length) {
        throw new AssertionError("not " + length + " bytes");
      }
    }
  }

  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }
}
