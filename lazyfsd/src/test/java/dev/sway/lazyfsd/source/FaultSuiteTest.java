package dev.sway.lazyfsd.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.Fault;
import dev.sway.lazyfsd.fixture.FaultProxy;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// All faults at once, many readers, byte for byte. Takes seconds; `-Dsway.fault.seconds=N` makes
/// each test take that many.
class FaultSuiteTest {
  private static final int SECONDS = Integer.getInteger("sway.fault.seconds", 5);
  private static final int READERS = 16;
  private static final int CHUNKS = 200;
  private static final int MEMORY_BYTES = 1;
  private static final Duration DEADLINE = Duration.ofSeconds(4);
  private static final double SLACK_SECONDS = 4;
  private static final List<Fault> FAULTS =
      Arrays.stream(Fault.values()).filter(fault -> fault != Fault.NONE).toList();

  @TempDir Path folder;
  private final List<byte[]> contents = new ArrayList<>();
  private final FetchCounters counters = new FetchCounters();
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private TestImage.Built image;
  private PackServer server;

  @BeforeEach
  void start() throws IOException {
    Random random = new Random(1);
    TestImage made = new TestImage(folder);
    for (int i = 0; i < CHUNKS; i++) {
      contents.add(Randomized.bytes(random, 1 + random.nextInt(60_000)));
      made.file("/file" + i, contents.getLast());
    }
    image = made.build();
    server = new PackServer(folder.resolve("store"));
    server.add(image.pack());
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  /// Reads all chunks again and again until the time is over, each time through an empty cache.
  private void read(long seed, List<URI> peers, List<URI> mirrors, URI blobd) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
    SourceConfig config = new SourceConfig(peers, mirrors, blobd, Optional.empty(), DEADLINE);
    try (ExecutorService readers =
        Executors.newFixedThreadPool(
            READERS, Thread.ofPlatform().daemon().name("reader-", 0).factory())) {
      for (int round = 0; System.nanoTime() < end; round++) {
        Path packs = Files.createDirectory(folder.resolve("packs-" + seed + "-" + round));
        // New sources each time, too: a pack that is in quarantine is not asked for any more.
        try (PackSources sources = PackSources.open(config);
            ChunkCache cache = new ChunkCache(new PackCache(packs, sources), MEMORY_BYTES)) {
          List<Future<?>> results = new ArrayList<>();
          for (int reader = 0; reader < READERS; reader++) {
            long order = (seed * 1000 + round) * READERS + reader;
            results.add(
                readers.submit(() -> {
                  readAll(cache, new Random(order));
                  return null;
                }));
          }
          for (Future<?> result : results) {
            result.get();
          }
        }
      }
    }
  }

  private void readAll(ChunkCache cache, Random random) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < CHUNKS; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    for (int chunk : order) {
      long began = System.nanoTime();
      reads.incrementAndGet();
      try {
        byte[] content = new byte[image.chunks().get(chunk).length()];
        cache.read(
            new ChunkPlace(image.chunks().get(chunk), image.reference()),
            0,
            MemorySegment.ofArray(content),
            counters);
        assertThat(Arrays.equals(content, contents.get(chunk))).as("chunk " + chunk).isTrue();
      } catch (SwayException e) {
        failures.incrementAndGet();
      } catch (IOException e) {
        throw new AssertionError("a failure that is not told to users: " + e, e);
      }
      assertThat((System.nanoTime() - began) / 1e9)
          .as("seconds for one read")
          .isLessThan(DEADLINE.toSeconds() + SLACK_SECONDS);
    }
  }

  @Test
  void withOneHealthySourceNoReadFailsAndNoByteIsWrong() throws Exception {
    long seed = 1;
    try (FaultProxy mirror = new FaultProxy(server.uri(), Fault.random(seed, 30, FAULTS))) {
      read(seed, List.of(), List.of(mirror.uri()), server.uri());
      assertThat(failures).as("failed reads, seed " + seed).hasValue(0);
      assertThat(mirror.requests()).hasSizeGreaterThan(50);
    }
  }

  @Test
  void withFaultyPeersBeforeAHealthySourceNoReadFailsAndNoByteIsWrong() throws Exception {
    long seed = 3;
    try (FaultProxy one = new FaultProxy(server.uri(), Fault.random(seed, 20, FAULTS));
        FaultProxy other = new FaultProxy(server.uri(), Fault.random(seed + 1, 60, FAULTS));
        FaultProxy third = new FaultProxy(server.uri(), Fault.random(seed + 2, 100, FAULTS))) {
      read(seed, List.of(one.uri(), other.uri(), third.uri()), List.of(), server.uri());
      assertThat(failures).as("failed reads, seed " + seed).hasValue(0);
      assertThat(one.requests()).hasSizeGreaterThan(20);
    }
  }

  @Test
  void withFaultySourcesOnlyReadsMayFailButEndInTimeAndNoByteIsWrong() throws Exception {
    long seed = 2;
    try (FaultProxy mirror = new FaultProxy(server.uri(), Fault.random(seed, 20, FAULTS));
        FaultProxy blobd = new FaultProxy(server.uri(), Fault.random(seed + 1, 20, FAULTS))) {
      read(seed, List.of(), List.of(mirror.uri()), blobd.uri());
      assertThat(failures.get())
          .as("failed of %s reads, seed %s", reads, seed)
          .isLessThan(reads.get() / 10);
    }
  }
}
