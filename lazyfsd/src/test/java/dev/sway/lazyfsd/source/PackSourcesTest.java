package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.fixture.Fault;
import dev.sway.lazyfsd.fixture.FaultProxy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// From when on a fetch is slow, with a peer before blobd. How long each takes is told, not
/// measured: what is fetched here is of another size than what is asked about.
@Timeout(60)
class PackSourcesTest {
  private static final int FETCHED = 5000;
  private static final int ASKED = 512 << 10;
  private static final Duration FAST = Duration.ofMillis(60);
  private static final Duration SLOW = Duration.ofMillis(700);

  @TempDir static Path folder;
  private static ServedPack pack;

  private final FetchCounters counters = new FetchCounters();

  @BeforeAll
  static void start() throws IOException {
    pack = new ServedPack(folder.resolve("store"), FETCHED);
  }

  @AfterAll
  static void stop() throws IOException {
    pack.close();
  }

  private static PackSources sources(FaultProxy peer, Duration peerTakes, Duration blobdTakes)
      throws SwayException {
    PackSources sources = sources(List.of(peer.uri()));
    take(sources.remotes().getFirst(), peerTakes);
    take(sources.remotes().getLast(), blobdTakes);
    return sources;
  }

  private static PackSources sources(List<URI> peers) throws SwayException {
    return PackSources.open(
        new SourceConfig(
            peers, List.of(), pack.uri(), Optional.empty(), SourceConfig.READ_DEADLINE));
  }

  private static void take(RemoteSource source, Duration time) {
    for (int i = 0; i < LatencyQuantile.SAMPLES; i++) {
      source.latency().took(ASKED, time.toNanos());
    }
  }

  private void fetch(PackSources sources, PackReference wanted) throws IOException {
    var _ = sources.fetch(wanted, 0, FETCHED, Urgency.PREFETCH, counters, (_, _) -> true);
  }

  private static void assertSlowAfterTwice(
      Duration time, PackSources sources, PackReference wanted) {
    assertThat(Duration.ofNanos(sources.slowNanos(wanted, ASKED))).isEqualTo(time.multipliedBy(2));
  }

  @Test
  void nothingIsKnownAtFirst() throws IOException {
    try (PackSources sources = sources(List.of())) {
      assertThat(sources.slowNanos(pack.reference(), ASKED)).isEqualTo(Latency.UNKNOWN.toNanos());
    }
  }

  @Test
  void peerThatGivesEverythingSaysWhatIsSlow() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        PackSources sources = sources(peer, FAST, SLOW)) {
      assertSlowAfterTwice(FAST, sources, pack.reference());
      fetch(sources, pack.reference());
      assertSlowAfterTwice(FAST, sources, pack.reference());
    }
  }

  @Test
  void blobdIsWaitedForWhereAPeerLacksThings() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.first(Fault.MISSING));
        PackSources sources = sources(peer, FAST, SLOW)) {
      PackReference other = pack.other(FETCHED);
      fetch(sources, other);
      assertSlowAfterTwice(SLOW, sources, other);
      // Of this one, too, the peer may have some parts only.
      assertSlowAfterTwice(SLOW, sources, pack.reference());
      for (int i = 0; i < LatestGivers.REMEMBERED; i++) {
        assertSlowAfterTwice(SLOW, sources, pack.reference());
        fetch(sources, pack.reference());
      }
      assertThat(sources.status().getLast().requests()).isEqualTo(1);
      assertSlowAfterTwice(FAST, sources, pack.reference());
    }
  }

  @Test
  void aPeerIsNotWaitedForWhereItLacksThePack() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.first(Fault.NONE, Fault.MISSING));
        PackSources sources = sources(peer, SLOW, FAST)) {
      PackReference other = pack.other(FETCHED);
      fetch(sources, pack.reference());
      fetch(sources, other);
      assertSlowAfterTwice(SLOW, sources, pack.reference());
      assertSlowAfterTwice(FAST, sources, other);
    }
  }

  @Test
  void aServerThatIsAskedLastIsNotWaitedFor() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        PackSources sources = sources(peer, SLOW, FAST)) {
      fetch(sources, pack.reference());
      for (int i = 0; i < Pace.OUTRUNS; i++) {
        assertSlowAfterTwice(SLOW, sources, pack.reference());
        sources.remotes().getFirst().pace().outrun(ASKED, System.nanoTime());
      }
      assertSlowAfterTwice(FAST, sources, pack.reference());
    }
  }

  @Test
  void aPeerThatDoesNotAnswerIsNotWaitedFor() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        PackSources sources = sources(peer, SLOW, FAST)) {
      fetch(sources, pack.reference());
      assertSlowAfterTwice(SLOW, sources, pack.reference());
      peer.schedule(Fault.always(Fault.HANG_UP));
      for (int i = 0; i < CircuitBreaker.PEER_FAILURES; i++) {
        fetch(sources, pack.reference());
      }
      assertSlowAfterTwice(FAST, sources, pack.reference());
    }
  }
}
