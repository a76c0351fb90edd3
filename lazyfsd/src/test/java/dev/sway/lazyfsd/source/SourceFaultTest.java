package dev.sway.lazyfsd.source;

import static dev.sway.lazyfsd.source.ServedPack.secondsSince;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
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
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// One fault at a time, between sources and a real blobd.
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class SourceFaultTest {
  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final int OFFSET = 1000;
  private static final int LENGTH = 50_000;

  @TempDir static Path folder;
  private static ServedPack pack;

  private final FetchCounters counters = new FetchCounters();

  @BeforeAll
  static void start() throws IOException {
    pack = new ServedPack(folder.resolve("store"), 300_000);
  }

  @AfterAll
  static void stop() throws IOException {
    pack.close();
  }

  private static PackSources sources(Duration deadline, URI... urls) throws SwayException {
    List<URI> all = List.of(urls);
    return PackSources.open(
        new SourceConfig(
            List.of(), all.subList(0, all.size() - 1), all.getLast(), Optional.empty(), deadline));
  }

  private void fetch(PackSources sources) throws IOException {
    pack.fetch(sources, OFFSET, LENGTH, Urgency.ON_DEMAND, counters);
  }

  /// Faults that say something about the copy and nothing about the server.
  private static boolean concernsCopy(Fault fault) {
    return switch (fault) {
      case TRUNCATE,
          FLIP,
          MISSING,
          LARGE_REFUSAL,
          REDIRECT,
          SHORT_LENGTH,
          LONG_LENGTH,
          WRONG_RANGE,
          WRONG_SIZE,
          RANGE_IGNORED,
          CHUNKED ->
          true;
      default -> false;
    };
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"NONE", "DELAY", "CLOSE_AFTER"})
  void faultyMirrorIsMadeUpForByTheNextSource(Fault fault) throws IOException {
    try (FaultProxy mirror = new FaultProxy(pack.uri(), Fault.always(fault));
        PackSources sources = sources(DEADLINE, mirror.uri(), pack.uri())) {
      fetch(sources);
      SourceStatus asked = sources.status().getFirst();
      assertThat(asked.requests()).isEqualTo(1);
      assertThat(asked.quarantines()).isEqualTo(concernsCopy(fault) ? 1 : 0);
      SourceStatus other = sources.status().getLast();
      assertThat(other.requests()).isEqualTo(1);
      assertThat(other.failures()).isZero();
      // One that hangs may be outrun before it is known to hang, and on a busy machine both.
      assertThat(asked.failures() + other.hedges()).isBetween(1L, 2L);
      assertThat(counters.snapshot().repairs()).isEqualTo(fault == Fault.FLIP ? 1 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"MISSING", "LARGE_REFUSAL", "REDIRECT", "WRONG_SIZE", "RANGE_IGNORED"})
  void faultThatPassesIsOutlivedByTheOnlySource(Fault fault) throws IOException {
    try (FaultProxy blobd = new FaultProxy(pack.uri(), Fault.first(fault));
        PackSources sources = sources(DEADLINE, blobd.uri())) {
      fetch(sources);
      assertThat(blobd.requests()).hasSizeBetween(1, 2);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MISSING", "LARGE_REFUSAL", "REDIRECT", "WRONG_SIZE", "RANGE_IGNORED"})
  void packThatNoSourceHasIsSaidAtOnce(Fault fault) throws IOException {
    try (FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(fault));
        PackSources sources = sources(Duration.ofMinutes(1), blobd.uri())) {
      assertThatThrownBy(() -> fetch(sources))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND))
          .hasMessageContaining(pack.reference().digest().toString())
          .hasMessageContaining("blobd at http");
      assertThat(blobd.requests()).hasSize(1);
    }
  }

  @Test
  void damageThatStaysIsSaidAfterThreeLooks() throws IOException {
    try (FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(Fault.FLIP));
        PackSources sources = sources(Duration.ofMinutes(1), blobd.uri())) {
      assertThatThrownBy(() -> fetch(sources)).isInstanceOf(CorruptException.class);
      assertThat(blobd.requests()).hasSize(3);
      assertThat(counters.snapshot().repairs()).isEqualTo(3);
      // It is known to be bad, and nobody else has it: one look says whether it still is.
      assertThatThrownBy(() -> fetch(sources)).isInstanceOf(CorruptException.class);
      assertThat(blobd.requests()).hasSize(4);
      blobd.schedule(Fault.always(Fault.NONE));
      fetch(sources);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DRIP", "STALL", "SILENCE", "HANG_UP", "SERVER_ERROR", "ENDLESS_HEAD"})
  void readEndsAtItsDeadlineWhateverTheServerDoes(Fault fault) throws IOException {
    Duration deadline = Duration.ofMillis(800);
    try (FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(fault));
        PackSources sources = sources(deadline, blobd.uri())) {
      long began = System.nanoTime();
      assertThatThrownBy(() -> fetch(sources))
          .isInstanceOfSatisfying(
              SwayException.class,
              e -> assertThat(e.kind()).isEqualTo(FailureKind.BLOBD_UNREACHABLE));
      assertThat(secondsSince(began)).isBetween(0.8, 5.0);
    }
  }

  @Test
  void serverThatIsGoneIsAskedAgainUntilItIsBack() throws IOException {
    FaultProxy gone = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
    URI uri = gone.uri();
    gone.close();
    try (PackSources sources = sources(DEADLINE.multipliedBy(3), uri)) {
      assertThatThrownBy(() -> fetch(sources)).hasMessageContaining("connection refused");
      assertThat(sources.status().getFirst().state()).isNotEqualTo("closed");
      assertThat(sources.status().getFirst().requests()).isGreaterThan(CircuitBreaker.FAILURES);
    }
  }

  @Test
  void mirrorThatIsGoneIsHardlyAskedAnyMore() throws IOException {
    FaultProxy gone = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
    URI uri = gone.uri();
    gone.close();
    try (PackSources sources = sources(DEADLINE, uri, pack.uri())) {
      for (int i = 0; i < 300; i++) {
        fetch(sources);
      }
      assertThat(sources.status().getFirst().requests()).isBetween(5L, 20L);
      assertThat(sources.status().getLast().failures()).isZero();
    }
  }

  @Test
  void mirrorThatLacksOnePackIsAskedForOthers() throws IOException {
    PackReference other = pack.other(100_000);
    try (FaultProxy mirror = new FaultProxy(pack.uri(), Fault.first(Fault.MISSING));
        PackSources sources = sources(DEADLINE, mirror.uri(), pack.uri())) {
      for (int i = 0; i < 20; i++) {
        pack.fetch(sources, i * 1000, 1000, Urgency.ON_DEMAND, counters);
      }
      assertThat(mirror.requests()).hasSize(1);
      for (int i = 0; i < 20; i++) {
        sources.fetch(other, i, 10, Urgency.ON_DEMAND, counters, (_, _) -> true);
      }
      assertThat(mirror.requests()).hasSize(21);
      assertThat(sources.status().getFirst().state()).isEqualTo("closed");
    }
  }

  @Test
  void keptConnectionThatTheServerEndedIsNoFailure() throws IOException {
    try (FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(Fault.CLOSE_AFTER));
        PackSources sources = sources(DEADLINE, blobd.uri())) {
      for (int i = 0; i < 20; i++) {
        fetch(sources);
      }
      assertThat(sources.status().getFirst().failures()).isZero();
      assertThat(blobd.requests()).hasSize(20);
    }
  }

  @Test
  void slowReadOnDemandIsSentToAnotherSourceToo() throws IOException {
    try (FaultProxy mirror = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        PackSources sources = sources(Duration.ofMinutes(1), mirror.uri(), pack.uri())) {
      for (int i = 0; i < 2 * LatencyQuantile.SAMPLES; i++) {
        fetch(sources);
      }
      long hedgesBefore = sources.status().getLast().hedges();
      mirror.schedule(Fault.always(Fault.STALL));
      long began = System.nanoTime();
      fetch(sources);
      assertThat(secondsSince(began)).isLessThan(4);
      assertThat(sources.status().getLast().hedges()).isEqualTo(hedgesBefore + 1);
    }
  }

  @Test
  void secondRequestsAreFewHoweverSlowTheServerIs() throws IOException {
    try (FaultProxy mirror = new FaultProxy(pack.uri(), Fault.always(Fault.STALL));
        PackSources sources = sources(DEADLINE, mirror.uri(), pack.uri())) {
      for (int i = 0; i < 40; i++) {
        fetch(sources);
      }
      assertThat(sources.status().getLast().hedges()).isLessThanOrEqualTo(HedgeBudget.SAVED);
      assertThat(sources.status().getFirst().state()).isNotEqualTo("closed");
    }
  }

  @Test
  void interruptEndsAFetchSoonAndIsKept() throws Exception {
    try (FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(Fault.SILENCE));
        PackSources sources = sources(Duration.ofMinutes(1), blobd.uri())) {
      Thread.currentThread().interrupt();
      long began = System.nanoTime();
      assertThatThrownBy(() -> fetch(sources))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
      assertThat(secondsSince(began)).isLessThan(5);
    }
  }

  @Test
  void closeEndsWhatIsUnderWay() throws Exception {
    try (FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(Fault.SILENCE))) {
      PackSources sources = sources(Duration.ofMinutes(1), blobd.uri());
      Thread closer =
          Thread.ofVirtual()
              .name("closer")
              .start(() -> {
                while (blobd.requests().isEmpty()) {
                  Thread.onSpinWait();
                }
                sources.close();
                sources.close();
              });
      assertThatThrownBy(() -> fetch(sources)).hasMessageContaining("closed");
      closer.join();
      assertThatThrownBy(() -> fetch(sources)).hasMessageContaining("closed");
    }
  }

  @Test
  void tokenGoesToBlobdAndToNoMirror() throws IOException {
    try (FaultProxy mirror = new FaultProxy(pack.uri(), Fault.always(Fault.SERVER_ERROR));
        FaultProxy blobd = new FaultProxy(pack.uri(), Fault.always(Fault.NONE));
        PackSources sources =
            PackSources.open(
                new SourceConfig(
                    List.of(),
                    List.of(mirror.uri()),
                    blobd.uri(),
                    Optional.of("a-token-of-the-tests"),
                    DEADLINE))) {
      fetch(sources);
      assertThat(mirror.requests().getFirst()).doesNotContain("Authorization");
      assertThat(blobd.requests().getFirst())
          .contains("\r\nAuthorization: Bearer a-token-of-the-tests\r\n")
          .contains("\r\nRange: bytes=1000-50999\r\n");
    }
  }
}
