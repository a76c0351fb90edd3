package dev.sway.lazyfsd.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.hot.HotPacks;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is fetched beside a chunk that is read.
class NeighboursTest {
  private static final int SMALL = 20_000;
  private static final int LARGE = 400_000;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final FetchCounters counters = new FetchCounters();
  private FakeSource source;
  private IndexReader index;
  private ChunkCache chunks;
  private final LinkEstimate link = new LinkEstimate();
  private Neighbours neighbours;
  private IndexedImage view;

  /// A file of small chunks, in the middle of which one large one lies.
  @BeforeEach
  void image() throws IOException {
    TestImage image = new TestImage(folder);
    List<Extent> extents = new ArrayList<>();
    long size = 0;
    for (int i = 0; i < 20; i++) {
      int length = i == 10 ? LARGE : SMALL;
      extents.add(
          new Extent(size, image.chunk(Randomized.bytes(new Random(i), length)), 0, length));
      size += length;
    }
    image.file("/f", size, extents);
    TestImage.Built built = image.build();
    source = new FakeSource(built.pack());
    index = built.open();
    chunks = new ChunkCache(new PackCache(folder.resolve("packs"), source), 8 << 20);
    neighbours = new Neighbours(chunks, counters, link);
    view =
        new IndexedImage(
            index, chunks, counters, new HotPacks(index, chunks, counters), neighbours, 0);
  }

  @AfterEach
  void close() throws IOException {
    chunks.close();
    index.close();
  }

  /// Reads a byte of a chunk.
  private void read(int chunk) throws IOException {
    long offset = (long) SMALL * chunk + (chunk > 10 ? LARGE - SMALL : 0);
    long inode = index.read(session -> session.lookup(1, ByteName.of("f")));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(1);
      assertThat(view.read(inode, offset, target)).isEqualTo(1);
    }
  }

  /// The chunks that are here.
  private List<Integer> here() throws IOException {
    List<Integer> here = new ArrayList<>();
    for (int chunk = 0; chunk < 20; chunk++) {
      int ordinal = chunk;
      ChunkPlace place = index.read(session -> session.place(ordinal));
      if (chunks.isHere(place)) {
        here.add(chunk);
      }
    }
    return here;
  }

  private void assertComes(Integer... expected) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (here().size() < expected.length && System.nanoTime() < end) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(here()).containsExactly(expected);
  }

  /// Waits for longer than neighbours' turn takes to come.
  private void assertNothingElseComes(Integer... expected) throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
    while (System.nanoTime() < end) {
      assertThat(here()).containsExactly(expected);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void nothingElseIsFetchedUnlessItIsWanted() throws IOException {
    read(5);
    neighbours.begin().close();
    read(15);
    assertNothingElseComes(5, 15);
    assertThat(source.requests).hasSize(2);
  }

  @Test
  void twoOnEachSideAreFetchedWhileSomebodyWantsIt() throws IOException {
    Neighbours.Lease first = neighbours.begin();
    try (Neighbours.Lease _ = neighbours.begin()) {
      first.close();
      first.close();
      read(5);
      assertComes(3, 4, 5, 6, 7);
      read(0);
      assertComes(0, 1, 2, 3, 4, 5, 6, 7);
    }
    assertThat(source.requests).as("five for eight chunks").hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void neighboursComeSoonAlsoWhereTheLinkWasOnceSlow() throws IOException {
    link.transfer(16 << 10, TimeUnit.HOURS.toNanos(1));
    try (Neighbours.Lease _ = neighbours.begin()) {
      read(5);
      assertComes(3, 4, 5, 6, 7);
    }
  }

  @Test
  void whatIsHereHasNoNeighboursFetched() throws IOException {
    read(5);
    try (Neighbours.Lease _ = neighbours.begin()) {
      read(5);
    }
    assertNothingElseComes(5);
  }

  @Test
  void largeNeighboursEndIt() throws IOException {
    try (Neighbours.Lease _ = neighbours.begin()) {
      read(9);
    }
    assertNothingElseComes(9);
    assertThat(source.requests).hasSize(1);
  }

  @Test
  void atTheEndOfAnImageThereAreFewer() throws IOException {
    try (Neighbours.Lease _ = neighbours.begin()) {
      read(19);
      assertComes(17, 18, 19);
    }
    assertThat(counters.snapshot().failures()).isZero();
  }
}
