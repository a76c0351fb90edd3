package dev.sway.lazyfsd.source;

import static dev.sway.lazyfsd.source.ServedPack.secondsSince;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.fixture.Fault;
import dev.sway.lazyfsd.fixture.FaultProxy;
import dev.sway.lazyfsd.source.http.Span;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// Peers that lie, hang, are gone or empty, before a healthy blobd.
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class PeerFaultTest {
  private static final int LENGTH = 5000;
  private static final int RANGES = 40;

  @TempDir static Path folder;
  private static ServedPack pack;

  private final FetchCounters counters = new FetchCounters();

  @BeforeAll
  static void start() throws IOException {
    pack = new ServedPack(folder.resolve("store"), RANGES * LENGTH);
  }

  @AfterAll
  static void stop() throws IOException {
    pack.close();
  }

  private static PackSources sources(Duration deadline, List<URI> peers, URI blobd)
      throws SwayException {
    return PackSources.open(
        new SourceConfig(peers, List.of(), blobd, Optional.of("a-token-of-the-tests"), deadline));
  }

  private static PackSources sources(URI peer) throws SwayException {
    return sources(SourceConfig.READ_DEADLINE, List.of(peer), pack.uri());
  }

  private void fetch(PackSources sources, int range, Urgency urgency) throws IOException {
    pack.fetch(sources, range * LENGTH, LENGTH, urgency, counters);
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"NONE", "CLOSE_AFTER"})
  void noFaultOfAPeerFailsAReadOrKeepsItLong(Fault fault) throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(fault));
        PackSources sources = sources(peer.uri())) {
      long all = System.nanoTime();
      for (int range = 0; range < RANGES; range++) {
        long began = System.nanoTime();
        fetch(sources, range, range % 2 == 0 ? Urgency.ON_DEMAND : Urgency.PREFETCH);
        assertThat(secondsSince(began)).as("one read").isLessThan(3);
      }
      assertThat(secondsSince(all)).as("all reads").isLessThan(fault == Fault.DELAY ? 12 : 6);
      assertThat(sources.status().getLast().failures()).isZero();
      if (fault != Fault.DELAY) {
        assertThat(sources.status().getFirst().requests()).isBetween(1L, 6L);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SILENCE", "STALL", "DRIP"})
  void peerThatHangsAfterItWasWellIsLeftAloneAfterTwoReads(Fault fault) throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        PackSources sources = sources(peer.uri())) {
      for (int range = 0; range < RANGES; range++) {
        // Nobody hedges these, however busy the machine is.
        fetch(sources, range, Urgency.READ_AHEAD);
      }
      assertThat(sources.status().getLast().requests()).isZero();
      peer.schedule(Fault.always(fault));
      int before = peer.requests().size();
      long began = System.nanoTime();
      for (int range = 0; range < RANGES; range++) {
        fetch(sources, range, Urgency.ON_DEMAND);
      }
      assertThat(secondsSince(began)).isLessThan(4);
      assertThat(peer.requests().size() - before).isBetween(2, 4);
      assertThat(sources.status().getFirst().state()).isNotEqualTo("closed");
    }
  }

  @Test
  void secondRequestsInsteadOfAPeersAreAsManyAsItIsSlow() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        PackSources sources = sources(peer.uri())) {
      for (int range = 0; range < RANGES; range++) {
        fetch(sources, range, Urgency.READ_AHEAD);
      }
      int slow = 2 * HedgeBudget.SAVED;
      for (int range = 0; range < slow; range++) {
        peer.schedule(Fault.first(Fault.STALL));
        fetch(sources, range, Urgency.ON_DEMAND);
        // It is well in between, or it would not be asked any more.
        fetch(sources, range, Urgency.READ_AHEAD);
      }
      assertThat(sources.status().getLast().hedges()).isEqualTo(slow);
      assertThat(sources.hedges().trySpend()).as("there are some left for others").isTrue();
    }
  }

  @Test
  void emptyPeerIsWellAndIsAskedAgainOnlyLater() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(Fault.MISSING));
        PackSources sources = sources(peer.uri())) {
      for (int range = 0; range < RANGES; range++) {
        fetch(sources, range, Urgency.ON_DEMAND);
      }
      SourceStatus asked = sources.status().getFirst();
      assertThat(asked.requests()).isEqualTo(1);
      assertThat(asked.misses()).isEqualTo(1);
      assertThat(asked.failures()).isZero();
      assertThat(asked.quarantines()).isZero();
      assertThat(asked.state()).isEqualTo("closed");
      PackReference other = pack.other(LENGTH);
      peer.schedule(Fault.always(Fault.NONE));
      sources.fetch(other, 0, LENGTH, Urgency.ON_DEMAND, counters, (_, _) -> true);
      assertThat(sources.status().getFirst().requests()).isEqualTo(2);
      assertThat(peer.accepted()).as("connections").isEqualTo(1);
    }
  }

  @Test
  void peerThatIsGoneIsHardlyAskedAnyMore() throws IOException {
    FaultProxy gone = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
    gone.close();
    try (PackSources sources = sources(gone.uri())) {
      for (int range = 0; range < RANGES; range++) {
        fetch(sources, range, Urgency.ON_DEMAND);
      }
      assertThat(sources.status().getFirst().requests()).isBetween(2L, 4L);
    }
  }

  @Test
  void manyHangingPeersCostAReadNoMoreThanTwo() throws IOException {
    List<FaultProxy> peers = new ArrayList<>();
    try {
      for (int i = 0; i < 16; i++) {
        peers.add(new FaultProxy(pack.uri(), Fault.always(Fault.SILENCE)));
      }
      List<URI> uris = peers.stream().map(FaultProxy::uri).toList();
      for (Duration deadline : List.of(SourceConfig.READ_DEADLINE, Duration.ofMillis(800))) {
        try (PackSources sources = sources(deadline, uris, pack.uri())) {
          for (Urgency urgency : List.of(Urgency.ON_DEMAND, Urgency.READ_AHEAD)) {
            long began = System.nanoTime();
            fetch(sources, 0, urgency);
            assertThat(secondsSince(began)).isLessThan(4);
          }
        }
      }
    } finally {
      for (FaultProxy peer : peers) {
        peer.close();
      }
    }
  }

  @Test
  void peersAreAskedAfterTheOthersFailedWhateverTheyLackedBefore() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.first(Fault.MISSING));
        FaultProxy blobd = new FaultProxy(pack.uri(), Fault.first(Fault.NONE, Fault.SERVER_ERROR));
        PackSources sources =
            sources(SourceConfig.READ_DEADLINE, List.of(peer.uri()), blobd.uri())) {
      fetch(sources, 0, Urgency.ON_DEMAND);
      fetch(sources, 0, Urgency.ON_DEMAND);
      assertThat(peer.requests()).hasSize(2);
      assertThat(blobd.requests()).hasSize(2);
    }
  }

  @Test
  void whatNobodyHasIsSaidAtOnce() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(Fault.MISSING));
        FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(Fault.MISSING));
        PackSources sources =
            sources(SourceConfig.READ_DEADLINE, List.of(peer.uri()), blobd.uri())) {
      assertThatThrownBy(() -> fetch(sources, 0, Urgency.ON_DEMAND))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND))
          .hasMessageContaining("peer at http");
    }
  }

  @Test
  void peerIsAskedForWhatIsNeededAndBlobdForTheWholeRange() throws IOException {
    try (FaultProxy peer = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        PackSources sources =
            sources(SourceConfig.READ_DEADLINE, List.of(peer.uri()), blobd.uri())) {
      boolean accepted =
          sources.fetch(
              pack.reference(),
              List.of(new Span(10, 20), new Span(50, 10)),
              Urgency.PREFETCH,
              counters,
              (body, _) -> body.byteSize() == 50);
      assertThat(accepted).isTrue();
      assertThat(peer.requests().getFirst())
          .contains("\r\nRange: bytes=10-29,50-59\r\n")
          .doesNotContain("Authorization");
      assertThat(blobd.requests().getFirst())
          .contains("\r\nRange: bytes=10-59\r\n")
          .contains("Authorization");
    }
  }

  @Test
  void moreThanSixteenPeersAreRefused() {
    List<URI> peers = Collections.nCopies(17, URI.create("http://127.0.0.1:1"));
    assertThatThrownBy(() -> sources(SourceConfig.READ_DEADLINE, peers, pack.uri()).close())
        .hasMessageContaining("17 peers");
  }
}
