package dev.sway.lazyfsd.source;

import static dev.sway.lazyfsd.source.ServedPack.secondsSince;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.Fault;
import dev.sway.lazyfsd.fixture.FaultProxy;
import dev.sway.lazyfsd.fixture.LinkProxy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Mirrors that go on giving bytes, but too few of them, before a healthy blobd; and links on which
/// nothing is faster.
@Timeout(90)
@Execution(ExecutionMode.CONCURRENT)
class LimpingSourceTest {
  private static final Duration DEADLINE = Duration.ofSeconds(8);

  /// What takes a limping mirror two and a half minutes.
  private static final int LENGTH = 300_000;

  private static final int READS = 40;

  /// Of a link that takes a second and a half for it.
  private static final long SLOW_BITS_PER_SECOND = 1_600_000;

  @TempDir static Path folder;
  private static ServedPack pack;

  private final FetchCounters counters = new FetchCounters();

  @BeforeAll
  static void start() throws IOException {
    pack = new ServedPack(folder.resolve("store"), LENGTH);
  }

  @AfterAll
  static void stop() throws IOException {
    pack.close();
  }

  private static PackSources sources(Duration deadline, URI blobd, URI... mirrors)
      throws SwayException {
    return PackSources.open(
        new SourceConfig(List.of(), List.of(mirrors), blobd, Optional.empty(), deadline));
  }

  private static FaultProxy proxy(Fault fault) throws IOException {
    return new FaultProxy(pack.uri(), Fault.always(fault));
  }

  private static URI behind(LinkProxy link) {
    return URI.create("http://127.0.0.1:" + link.port());
  }

  private static LinkProxy slowLink() throws IOException {
    return LinkProxy.onLoopback(pack.uri().getPort(), Duration.ZERO, SLOW_BITS_PER_SECOND);
  }

  private void fetch(PackSources sources, int length, Urgency urgency) throws IOException {
    pack.fetch(sources, 0, length, urgency, counters);
  }

  private void fetch(PackSources sources) throws IOException {
    fetch(sources, LENGTH, Urgency.ON_DEMAND);
  }

  /// Fetches all at the same time.
  private void fetchAtOnce(PackSources sources, int count, Urgency urgency) throws Exception {
    try (ExecutorService readers =
        Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().daemon().name("reader-", 0).factory())) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(
            readers.submit(() -> {
              fetch(sources, LENGTH, urgency);
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  private static void spendHedges(PackSources sources) {
    while (sources.hedges().trySpend()) {
      assertThat(sources.closed()).isFalse();
    }
  }

  private void readUntilItLimps(PackSources sources) throws IOException {
    for (int i = 0; i < 2 * Pace.OUTRUNS; i++) {
      fetch(sources);
    }
    assertThat(sources.status().getFirst().state()).isEqualTo("slow");
  }

  @Test
  void readsBehindALimpingMirrorAreSoonAsFastAsWithoutIt() throws IOException {
    try (FaultProxy mirror = proxy(Fault.LIMP);
        PackSources sources = sources(DEADLINE, pack.uri(), mirror.uri())) {
      long all = System.nanoTime();
      for (int i = 0; i < READS; i++) {
        fetch(sources);
      }
      assertThat(secondsSince(all)).isLessThan(8);
      assertThat(mirror.requests()).hasSizeBetween(3, 6);
      SourceStatus blobd = sources.status().getLast();
      assertThat(blobd.failures()).isZero();
      // One that a pause of this machine made look slow may have been asked for again.
      assertThat(blobd.requests()).isBetween((long) READS, READS + 2L);
    }
  }

  @Test
  void noReadFailsWhereAllSecondRequestsWereSpent() throws IOException {
    try (FaultProxy mirror = proxy(Fault.LIMP);
        PackSources sources = sources(DEADLINE, pack.uri(), mirror.uri())) {
      spendHedges(sources);
      long all = System.nanoTime();
      for (int i = 0; i < READS; i++) {
        fetch(sources);
      }
      assertThat(secondsSince(all)).isLessThan(12);
      assertThat(mirror.requests()).hasSizeBetween(3, 6);
    }
  }

  @Test
  void readersThatComeAtTheSameTimeAllGetTheirBytes() throws Exception {
    try (FaultProxy mirror = proxy(Fault.LIMP);
        PackSources sources = sources(DEADLINE, pack.uri(), mirror.uri())) {
      long began = System.nanoTime();
      fetchAtOnce(sources, RequestSlots.ON_DEMAND, Urgency.ON_DEMAND);
      assertThat(secondsSince(began)).isLessThan(6);
    }
  }

  @Test
  void prefetchBehindALimpingMirrorComesAndLearnsFromIt() throws Exception {
    try (FaultProxy mirror = proxy(Fault.LIMP);
        PackSources sources = sources(Duration.ofSeconds(4), pack.uri(), mirror.uri())) {
      long began = System.nanoTime();
      fetchAtOnce(sources, RequestSlots.PREFETCH, Urgency.PREFETCH);
      assertThat(secondsSince(began)).isLessThan(6);
      assertThat(sources.status().getFirst().state()).isEqualTo("slow");
    }
  }

  @Test
  void smallRangesInBetweenDoNotHideThatAMirrorLimps() throws IOException {
    try (FaultProxy mirror = proxy(Fault.LIMP);
        PackSources sources = sources(DEADLINE, pack.uri(), mirror.uri())) {
      long all = System.nanoTime();
      for (int i = 0; i < READS; i++) {
        fetch(sources, i % 2 == 0 ? LENGTH : 100, Urgency.ON_DEMAND);
      }
      assertThat(secondsSince(all)).isLessThan(10);
    }
  }

  @Test
  void mirrorThatDoesNotLimpAnyMoreIsAskedFirstAgain() throws IOException {
    try (FaultProxy mirror = proxy(Fault.LIMP);
        PackSources sources = sources(DEADLINE, pack.uri(), mirror.uri())) {
      readUntilItLimps(sources);
      mirror.schedule(Fault.always(Fault.NONE));
      long began = System.nanoTime();
      while (!sources.status().getFirst().state().equals("closed")) {
        fetch(sources);
        assertThat(secondsSince(began)).isLessThan(10);
      }
      long asked = sources.status().getLast().requests();
      for (int i = 0; i < READS; i++) {
        fetch(sources, 1000, Urgency.READ_AHEAD);
      }
      assertThat(sources.status().getLast().requests()).isEqualTo(asked);
    }
  }

  @Test
  void limpingMirrorIsBetterThanNone() throws IOException {
    FaultProxy blobd = proxy(Fault.NONE);
    try (FaultProxy mirror = proxy(Fault.LIMP);
        PackSources sources = sources(DEADLINE, blobd.uri(), mirror.uri())) {
      readUntilItLimps(sources);
      blobd.close();
      for (int i = 0; i < 3; i++) {
        fetch(sources, 3000, Urgency.ON_DEMAND);
      }
      assertThat(sources.status().getFirst().state()).isEqualTo("slow");
    }
  }

  @Test
  void blobdThatWasAwayForAMomentIsAskedAgainWhileTheMirrorLimps() throws IOException {
    try (FaultProxy mirror = proxy(Fault.LIMP);
        FaultProxy blobd =
            new FaultProxy(pack.uri(), Fault.first(Fault.SERVER_ERROR, Fault.HANG_UP));
        PackSources sources = sources(DEADLINE, blobd.uri(), mirror.uri())) {
      spendHedges(sources);
      fetch(sources);
      assertThat(blobd.requests()).hasSize(3);
    }
  }

  @Test
  void readsThatEndAtTheDeadlineTellThatAMirrorLimps() throws IOException {
    try (FaultProxy mirror = proxy(Fault.LIMP);
        FaultProxy blobd = proxy(Fault.HANG_UP);
        PackSources sources = sources(Duration.ofSeconds(4), blobd.uri(), mirror.uri())) {
      assertThatThrownBy(() -> fetchAtOnce(sources, Pace.OUTRUNS, Urgency.ON_DEMAND))
          .hasMessageContaining("within 4");
      assertThat(sources.status().getFirst().state()).isEqualTo("slow");
      assertThat(sources.status().getFirst().failures()).isEqualTo(Pace.OUTRUNS);
    }
  }

  @Test
  void onlySourceOnASlowLinkGivesWhatTheLinkHasTimeFor() throws IOException {
    try (LinkProxy link = slowLink();
        PackSources sources = sources(Duration.ofSeconds(2), behind(link))) {
      for (int i = 0; i < 5; i++) {
        fetch(sources);
      }
      SourceStatus only = sources.status().getFirst();
      assertThat(only.requests()).isEqualTo(5);
      assertThat(only.failures()).isZero();
      assertThat(only.state()).isEqualTo("closed");
    }
  }

  @Test
  void mirrorThatIsAsSlowAsBlobdStaysTheFirst() throws IOException {
    try (LinkProxy toMirror = slowLink();
        LinkProxy toBlobd = slowLink();
        PackSources sources = sources(Duration.ofSeconds(4), behind(toBlobd), behind(toMirror))) {
      for (int i = 0; i < 4; i++) {
        fetch(sources);
        fetch(sources, LENGTH, Urgency.PREFETCH);
      }
      SourceStatus mirror = sources.status().getFirst();
      assertThat(mirror.requests()).isEqualTo(8);
      assertThat(mirror.bytes()).isEqualTo(8 * LENGTH);
      assertThat(mirror.failures()).isZero();
      assertThat(mirror.state()).isEqualTo("closed");
    }
  }
}
