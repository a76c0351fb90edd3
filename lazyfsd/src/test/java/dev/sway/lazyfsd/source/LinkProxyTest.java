package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.fixture.LinkProxy;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.Randomized;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What benchmarks on a slow link rest on: that the link is as slow as it says. And sources on it.
@Timeout(60)
class LinkProxyTest {
  private static final int LENGTH = 100_000;

  @TempDir Path folder;

  private static double fetchMillis(PackSources sources, PackReference pack, byte[] bytes)
      throws IOException {
    long began = System.nanoTime();
    byte[] got =
        sources.fetch(
            pack,
            7,
            LENGTH,
            Urgency.READ_AHEAD,
            new FetchCounters(),
            (body, _) -> body.toArray(ValueLayout.JAVA_BYTE));
    assertThat(Arrays.equals(got, 0, LENGTH, bytes, 7, 7 + LENGTH)).isTrue();
    return (System.nanoTime() - began) / 1e6;
  }

  private void measure(Duration roundTrip, long bitsPerSecond, double first, double second)
      throws IOException {
    byte[] bytes = Randomized.bytes(new Random(1), 2 * LENGTH);
    try (PackServer server = new PackServer(folder.resolve("store"));
        LinkProxy link = LinkProxy.onLoopback(server.uri().getPort(), roundTrip, bitsPerSecond)) {
      PackReference pack = server.add(bytes);
      URI far = URI.create("http://127.0.0.1:" + link.port());
      try (PackSources sources = PackSources.open(SourceConfig.of(far, Optional.empty()))) {
        assertThat(fetchMillis(sources, pack, bytes)).isGreaterThanOrEqualTo(first);
        assertThat(fetchMillis(sources, pack, bytes)).isGreaterThanOrEqualTo(second);
      }
    }
  }

  @Test
  void firstRangeTakesTwoRoundTripsAndTheNextOne() throws IOException {
    measure(Duration.ofMillis(60), 0, 120, 60);
  }

  @Test
  void rangeTakesWhatTheBandwidthLeaves() throws IOException {
    measure(Duration.ZERO, 8_000_000, 100, 100);
  }
}
