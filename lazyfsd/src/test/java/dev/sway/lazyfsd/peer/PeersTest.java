package dev.sway.lazyfsd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSources;
import dev.sway.lazyfsd.source.SourceConfig;
import dev.sway.lazyfsd.source.SourceStatus;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// One worker's cache above another's, with a real blobd behind both.
@Timeout(60)
class PeersTest {
  private static final int FRAMES = 30;

  @TempDir Path folder;
  private final FetchCounters counters = new FetchCounters();
  private PackServer blobd;
  private TestPeer first;
  private PackSources sources;
  private PackCache second;

  @BeforeEach
  void start() throws IOException {
    TestImage.Built image = TestPeer.image(folder, FRAMES, 20_000).build();
    blobd = new PackServer(folder.resolve("store"));
    blobd.add(image.pack());
    first = new TestPeer(image, folder.resolve("first"));
    sources = sources(first.uri());
    second = new PackCache(folder.resolve("second"), sources);
  }

  @AfterEach
  void stop() throws IOException {
    second.close();
    sources.close();
    first.close();
    blobd.close();
  }

  /// A peer, and blobd after it.
  private PackSources sources(URI peer) throws IOException {
    return PackSources.open(
        new SourceConfig(
            List.of(peer), List.of(), blobd.uri(), Optional.empty(), SourceConfig.READ_DEADLINE));
  }

  private void read(PackCache cache, int... frames) throws IOException {
    TestPeer.read(cache, counters, first.frames(frames));
  }

  private SourceStatus peer() {
    return sources.status().getFirst();
  }

  private SourceStatus last() {
    return sources.status().getLast();
  }

  @Test
  void whatThePeerHasComesFromThereAndTheRestFromBlobd() throws IOException {
    first.keep(0, 1, 2, 3, 5, 7);
    read(second, 4, 6, 8, 9, 0, 1, 2, 3, 5, 7);
    assertThat(peer().name()).startsWith("peer at http://127.0.0.1:");
    assertThat(peer().requests()).isEqualTo(10);
    assertThat(peer().misses()).isEqualTo(4);
    assertThat(peer().failures()).isZero();
    assertThat(peer().quarantines()).isZero();
    assertThat(peer().state()).isEqualTo("closed");
    assertThat(last().requests()).isEqualTo(4);
    assertThat(second.usage().frames()).isEqualTo(10);
    assertThat(counters.snapshot().repairs()).isZero();
  }

  @Test
  void packThatThePeerLacksIsAskedForOnce() throws IOException {
    read(second, 0, 1, 2, 3);
    assertThat(peer().misses()).isEqualTo(1);
    assertThat(peer().requests()).isEqualTo(1);
    assertThat(last().requests()).isEqualTo(4);
  }

  @Test
  void packOfWhichThePeerHasHardlyAnythingIsAskedForSixteenTimes() throws IOException {
    first.keep(0);
    read(second, IntStream.range(1, FRAMES).toArray());
    assertThat(peer().misses()).isEqualTo(16);
    assertThat(peer().requests()).isEqualTo(16);
    assertThat(last().requests()).isEqualTo(FRAMES - 1);
  }

  @Test
  void framesWithGapsBetweenThemComeFromAPeerThatHasNoMoreThanThem() throws IOException {
    first.keep(0, 2, 3, 5);
    second.prefetch(first.frames(0, 2, 3, 5), Urgency.PREFETCH, counters);
    assertThat(peer().requests()).isEqualTo(1);
    assertThat(peer().failures() + peer().misses()).isZero();
    assertThat(last().requests()).isZero();
    assertThat(second.usage().frames()).isEqualTo(4);
  }

  @Test
  void workersThatNameEachOtherDoNotAskInACircle() throws IOException {
    try (PeerServer back = TestPeer.serve(second, PeerServer.PATIENCE);
        PackSources others = sources(back.uri());
        PackCache third = new PackCache(folder.resolve("third"), others)) {
      read(third, 0);
      assertThat(others.status().getFirst().misses()).isEqualTo(1);
      assertThat(peer().requests()).isZero();
      read(second, 0);
      assertThat(peer().misses()).isEqualTo(1);
    }
  }
}
