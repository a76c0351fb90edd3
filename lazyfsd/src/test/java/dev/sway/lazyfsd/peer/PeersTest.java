package dev.sway.lazyfsd.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.lazyfsd.cache.FrameReference;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSources;
import dev.sway.lazyfsd.source.SourceConfig;
import dev.sway.lazyfsd.source.SourceStatus;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
  private TestImage.Built image;
  private PackServer blobd;
  private PackCache first;
  private PeerServer server;
  private PackSources sources;
  private PackCache second;

  @BeforeEach
  void start() throws IOException {
    TestImage made = new TestImage(folder);
    for (int file = 0; file < FRAMES; file++) {
      made.file("/f" + file, Randomized.bytes(new Random(file), 20_000 + file));
    }
    image = made.build();
    blobd = new PackServer(folder.resolve("store"));
    blobd.add(image.pack());
    first = new PackCache(folder.resolve("first"), new FakeSource(image.pack()));
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    server =
        PeerServer.start(
            new Program("lazyfsd", err, err, false),
            ListenAddress.parse("--peer-listen", "127.0.0.1:0"),
            first);
    sources =
        PackSources.open(
            new SourceConfig(
                List.of(server.uri()),
                List.of(),
                blobd.uri(),
                Optional.empty(),
                SourceConfig.READ_DEADLINE));
    second = new PackCache(folder.resolve("second"), sources);
  }

  @AfterEach
  void stop() throws IOException {
    second.close();
    sources.close();
    server.close();
    first.close();
    blobd.close();
  }

  private List<FrameReference> frames(int... numbers) {
    return Arrays.stream(numbers)
        .mapToObj(number -> new FrameReference(image.chunks().get(number), image.reference()))
        .toList();
  }

  /// Each with a request of its own, verified.
  private static void read(PackCache cache, FetchCounters counters, List<FrameReference> frames)
      throws IOException {
    for (FrameReference frame : frames) {
      cache.prefetch(List.of(frame), Urgency.READ_AHEAD, counters);
    }
  }

  private SourceStatus peer() {
    return sources.status().getFirst();
  }

  private SourceStatus last() {
    return sources.status().getLast();
  }

  @Test
  void whatThePeerHasComesFromThereAndTheRestFromBlobd() throws IOException {
    read(first, new FetchCounters(), frames(0, 1, 2, 3, 5, 7));
    read(second, counters, frames(4, 6, 8, 9, 0, 1, 2, 3, 5, 7));
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
    read(second, counters, frames(0, 1, 2, 3));
    assertThat(peer().misses()).isEqualTo(1);
    assertThat(peer().requests()).isEqualTo(1);
    assertThat(last().requests()).isEqualTo(4);
  }

  @Test
  void packOfWhichThePeerHasHardlyAnythingIsAskedForSixteenTimes() throws IOException {
    read(first, new FetchCounters(), frames(0));
    read(second, counters, frames(IntStream.range(1, FRAMES).toArray()));
    assertThat(peer().misses()).isEqualTo(16);
    assertThat(peer().requests()).isEqualTo(16);
    assertThat(last().requests()).isEqualTo(FRAMES - 1);
  }

  @Test
  void framesWithGapsBetweenThemComeFromAPeerThatHasNoMoreThanThem() throws IOException {
    read(first, new FetchCounters(), frames(0, 2, 3, 5));
    second.prefetch(frames(0, 2, 3, 5), Urgency.PREFETCH, counters);
    assertThat(peer().requests()).isEqualTo(1);
    assertThat(peer().failures() + peer().misses()).isZero();
    assertThat(last().requests()).isZero();
    assertThat(second.usage().frames()).isEqualTo(4);
  }

  @Test
  void workersThatNameEachOtherDoNotAskInACircle() throws IOException {
    try (PeerServer back =
            PeerServer.start(
                Program.named("lazyfsd"),
                ListenAddress.parse("--peer-listen", "127.0.0.1:0"),
                second);
        PackSources others =
            PackSources.open(
                new SourceConfig(
                    List.of(back.uri()),
                    List.of(),
                    blobd.uri(),
                    Optional.empty(),
                    SourceConfig.READ_DEADLINE));
        PackCache third = new PackCache(folder.resolve("third"), others)) {
      read(third, counters, frames(0));
      assertThat(others.status().getFirst().misses()).isEqualTo(1);
      assertThat(peer().requests()).isZero();
      read(second, counters, frames(0));
      assertThat(peer().misses()).isEqualTo(1);
    }
  }
}
