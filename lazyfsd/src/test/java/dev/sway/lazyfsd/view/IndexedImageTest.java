package dev.sway.lazyfsd.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.linux.MemoryAdvice;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexedImageTest {
  private static final byte GARBAGE = 0x55;

  @TempDir Path folder;

  /// An image that is open, and what was asked of its source.
  private record Open(IndexReader index, ChunkCache cache, IndexedImage view, FakeSource source)
      implements AutoCloseable {
    byte[] read(String path, long offset, int length) throws IOException {
      byte[] target = new byte[length];
      Arrays.fill(target, GARBAGE);
      long inode = view.lookup(ImageView.ROOT, ByteName.of(path.substring(1)));
      int count = view.read(inode, offset, MemorySegment.ofArray(target));
      for (int i = count; i < length; i++) {
        assertThat(target[i]).as("untouched behind the end").isEqualTo(GARBAGE);
      }
      return Arrays.copyOf(target, count);
    }

    byte[] peek(String path, long offset, int length) throws IOException {
      byte[] target = new byte[length];
      long inode = view.lookup(ImageView.ROOT, ByteName.of(path.substring(1)));
      int count = view.readInMemory(inode, offset, MemorySegment.ofArray(target));
      return Arrays.copyOf(target, count);
    }

    @Override
    public void close() throws IOException {
      cache.close();
      index.close();
    }
  }

  private Open open(TestImage image) throws IOException {
    TestImage.Built built = image.build();
    FakeSource source = new FakeSource(built.pack());
    IndexReader index = built.open();
    ChunkCache cache =
        new ChunkCache(new PackCache(Files.createTempDirectory(folder, "packs"), source), 8 << 20);
    return new Open(
        index, cache, new IndexedImage(index, cache, new FetchCounters(), 1234), source);
  }

  @Test
  void indexThatLeftMemoryIsReadAgain() throws IOException {
    byte[] content = Randomized.bytes(new Random(5), 100_000);
    TestImage image = new TestImage(folder).file("/file", content);
    try (Open open = open(image)) {
      assertThat(open.read("/file", 0, content.length)).isEqualTo(content);
      List<Long> mapped = new ArrayList<>();
      open.index().mapped(mapped::add);
      MemoryAdvice.releaseFile(mapped.getFirst());
      open.cache().trim();
      assertThat(open.read("/file", 0, content.length)).isEqualTo(content);
      assertThat(Files.readAllLines(Path.of("/proc/self/maps")))
          .anySatisfy(line -> {
            assertThat(line).contains("r--s").endsWith(".mdb");
            String[] range = line.split("[- ]", 3);
            assertThat(mapped.getFirst())
                .isBetween(Long.parseLong(range[0], 16), Long.parseLong(range[1], 16));
          });
      open.index().close();
      open.index().mapped(address -> assertThat(address).as("of what is unmapped").isNull());
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  @Test
  void readingOfOneBlockOfALargeFileIsOneRequest() throws IOException {
    TestImage image = new TestImage(folder);
    List<Extent> extents = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int chunk = image.chunk(Randomized.bytes(new Random(i), 100_000));
      extents.add(new Extent(i * 100_000L, chunk, 0, 100_000));
    }
    try (Open open = open(image.file("/f", 400_000, extents))) {
      assertThat(open.source().requests).isEmpty();
      assertThat(open.read("/f", 204_096, 4096)).hasSize(4096);
      assertThat(open.source().requests).hasSize(1);
    }
  }

  @Test
  void whatIsInMemoryIsReadUpToWhatIsNotAndNoSourceIsAsked() throws IOException {
    TestImage image = new TestImage(folder);
    byte[] content = new byte[500_000];
    List<Extent> extents = new ArrayList<>();
    for (int at : new int[] {0, 100_000, 300_000}) {
      byte[] part = Randomized.bytes(new Random(at), 100_000);
      System.arraycopy(part, 0, content, at, part.length);
      extents.add(new Extent(at, image.chunk(part), 0, part.length));
    }
    try (Open open = open(image.file("/f", content.length, extents))) {
      assertThat(open.peek("/f", 0, 4096)).isEmpty();
      assertThat(open.source().requests).isEmpty();
      open.read("/f", 0, 10);
      assertThat(open.peek("/f", 0, 4096)).isEqualTo(Arrays.copyOf(content, 4096));
      assertThat(open.peek("/f", 50_000, 100_000))
          .isEqualTo(Arrays.copyOfRange(content, 50_000, 100_000));
      assertThat(open.source().requests).hasSize(1);
      open.read("/f", 100_000, 10);
      assertThat(open.peek("/f", 50_000, 300_000))
          .as("with the hole, up to the third chunk")
          .isEqualTo(Arrays.copyOfRange(content, 50_000, 300_000));
      open.read("/f", 300_000, 10);
      assertThat(open.peek("/f", 1, content.length))
          .as("with the hole at the end")
          .isEqualTo(Arrays.copyOfRange(content, 1, content.length));
      assertThat(open.peek("/f", content.length, 1)).isEmpty();
      assertThat(open.source().requests).hasSize(3);
    }
  }

  @Test
  void readOverSeveralChunksAsksForEachOnce() throws IOException {
    TestImage image = new TestImage(folder);
    List<Extent> extents = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int chunk = image.chunk(Randomized.bytes(new Random(i), 100_000));
      extents.add(new Extent(i * 100_000L, chunk, 0, 100_000));
    }
    try (Open open = open(image.file("/f", 800_000, extents))) {
      assertThat(open.read("/f", 150_000, 400_000)).hasSize(400_000);
      assertEachByteOnce(open.source().requests, image.build().chunks().subList(1, 6));
    }
  }

  @Test
  void aheadOfASequentialReaderChunksAreLoadedAndNoneIsTwice() throws IOException {
    TestImage image = new TestImage(folder);
    List<Extent> extents = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      int chunk = image.chunk(Randomized.bytes(new Random(i), 100_000));
      extents.add(new Extent(i * 100_000L, chunk, 0, 100_000));
    }
    try (Open open = open(image.file("/f", 8_000_000, extents))) {
      int read = (int) SequentialReads.PROVEN / 100_000 + 1;
      for (int i = 0; i < read; i++) {
        assertThat(open.read("/f", i * 100_000L, 100_000))
            .isEqualTo(Randomized.bytes(new Random(i), 100_000));
      }
      await(() -> open.source().requests.size() > read);
      for (int i = read; i < 80; i++) {
        assertThat(open.read("/f", i * 100_000L, 100_000))
            .isEqualTo(Randomized.bytes(new Random(i), 100_000));
      }
      assertThat(open.source().requests).hasSizeLessThan(80);
      assertEachByteOnce(open.source().requests, image.build().chunks());
    }
  }

  /// Neighbours come together, and nothing comes twice.
  private static void assertEachByteOnce(
      List<FakeSource.Request> requests, List<ChunkLocation> chunks) {
    assertThat(requests).doesNotHaveDuplicates();
    List<FakeSource.Request> sorted =
        requests.stream().sorted(Comparator.comparingLong(FakeSource.Request::offset)).toList();
    long at = chunks.getFirst().offset();
    for (FakeSource.Request request : sorted) {
      assertThat(request.offset()).isEqualTo(at);
      at += request.length();
    }
    assertThat(at).isEqualTo(chunks.getLast().offset() + chunks.getLast().stored());
  }

  @Test
  void randomReadersGetNothingAhead() throws IOException {
    TestImage image = new TestImage(folder);
    List<Extent> extents = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int chunk = image.chunk(Randomized.bytes(new Random(i), 100_000));
      extents.add(new Extent(i * 100_000L, chunk, 0, 100_000));
    }
    try (Open open = open(image.file("/f", 10_000_000, extents))) {
      Random random = new Random(3);
      Set<Integer> touched = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        int chunk = random.nextInt(100);
        touched.add(chunk);
        assertThat(open.read("/f", chunk * 100_000L + 4096, 4096)).hasSize(4096);
        assertThat(open.source().requests).hasSameSizeAs(touched);
      }
    }
  }

  @Test
  void randomReadsEqualTheReferenceAcrossExtentsAndHoles() {
    Randomized.forSeeds(
        20,
        random -> {
          TestImage image = new TestImage(Files.createTempDirectory(folder, "seed"));
          int size = 1 + random.nextInt(60_000);
          byte[] expected = new byte[size];
          List<Extent> extents = new ArrayList<>();
          int at = 0;
          while (at < size) {
            at += random.nextBoolean() ? random.nextInt(3000) : 0;
            int length = Math.min(1 + random.nextInt(5000), size - at);
            if (length <= 0) {
              break;
            }
            int before = random.nextInt(100);
            byte[] chunk = Randomized.bytes(random, before + length + random.nextInt(100));
            extents.add(new Extent(at, image.chunk(chunk), before, length));
            System.arraycopy(chunk, before, expected, at, length);
            at += length;
          }
          try (Open open = open(image.file("/f", size, extents))) {
            for (int i = 0; i < 200; i++) {
              int offset = random.nextInt(size + 100);
              int length = random.nextInt(10_000);
              int from = Math.min(offset, size);
              byte[] wanted = Arrays.copyOfRange(expected, from, Math.min(size, from + length));
              assertThat(open.read("/f", offset, length))
                  .as("%d+%d", offset, length)
                  .isEqualTo(wanted);
            }
          }
        });
  }

  @Test
  void dataAndHolesAreWhereTheExtentsSay() throws IOException {
    TestImage image = new TestImage(folder);
    int chunk = image.chunk(new byte[300]);
    image
        .file(
            "/f",
            700,
            List.of(
                new Extent(100, chunk, 0, 100),
                new Extent(200, chunk, 50, 50),
                new Extent(400, chunk, 0, 300)))
        .file("/hole", 1000, List.of());
    try (Open open = open(image)) {
      long file = open.view().lookup(ImageView.ROOT, ByteName.of("f"));
      long[][] dataFrom = {{0, 100}, {99, 100}, {100, 100}, {249, 249}, {250, 400}, {699, 699}};
      long[][] holeFrom = {{0, 0}, {99, 99}, {100, 250}, {200, 250}, {250, 250}, {400, 700}};
      for (long[] pair : dataFrom) {
        assertThat(open.view().dataFrom(file, pair[0])).as("data %d", pair[0]).isEqualTo(pair[1]);
      }
      for (long[] pair : holeFrom) {
        assertThat(open.view().holeFrom(file, pair[0])).as("hole %d", pair[0]).isEqualTo(pair[1]);
      }
      assertThat(open.view().dataFrom(file, 700)).isGreaterThanOrEqualTo(700);
      long hole = open.view().lookup(ImageView.ROOT, ByteName.of("hole"));
      assertThat(open.view().dataFrom(hole, 5)).isGreaterThanOrEqualTo(1000);
      assertThat(open.view().holeFrom(hole, 5)).isEqualTo(5);
    }
  }

  @Test
  void edgesOfOffsetsAndLengths() throws IOException {
    try (Open open = open(new TestImage(folder).file("/f", "hello").file("/empty", ""))) {
      assertThat(open.read("/f", 0, 0)).isEmpty();
      assertThat(open.read("/f", 5, 10)).isEmpty();
      assertThat(open.read("/f", Long.MAX_VALUE, 10)).isEmpty();
      assertThat(open.read("/f", Long.MAX_VALUE - 5, 100)).isEmpty();
      assertThat(open.read("/f", 4, 10)).isEqualTo(new byte[] {'o'});
      assertThat(open.read("/empty", 0, 10)).isEmpty();
      assertThatThrownBy(() -> open.read("/f", -1, 10))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> open.view().read(99, 0, MemorySegment.ofArray(new byte[1])))
          .isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void fileWithoutExtentsIsAllZerosWithoutARequest() throws IOException {
    try (Open open = open(new TestImage(folder).file("/sparse", 1L << 50, List.of()))) {
      assertThat(open.read("/sparse", (1L << 50) - 10, 4096)).isEqualTo(new byte[10]);
      assertThat(open.source().requests).isEmpty();
    }
  }

  @Test
  void impossibleExtentsAreCorruptionAndNoOtherException() throws IOException {
    TestImage image = new TestImage(folder);
    int chunk = image.chunk(new byte[100]);
    image
        .file("/chunk", 1000, List.of(new Extent(0, chunk, 50, 100)))
        .file("/file", 50, List.of(new Extent(0, chunk, 0, 100)))
        .file("/far", 50, List.of(new Extent(Long.MAX_VALUE - 10, chunk, 0, 100)))
        .file("/overlap", 150, List.of(new Extent(0, chunk, 0, 100), new Extent(50, chunk, 0, 100)))
        .file(
            "/unsorted", 200, List.of(new Extent(100, chunk, 0, 100), new Extent(0, chunk, 0, 50)))
        .file("/missing", 100, List.of(new Extent(0, 77, 0, 100)))
        .file(
            "/pack",
            10,
            List.of(
                new Extent(
                    0,
                    image.chunk(
                        new ChunkLocation(
                            new ChunkId(Digest.of(new byte[1])), 0, Long.MAX_VALUE - 5, 10, 10),
                        new byte[0]),
                    0,
                    10)));
    try (Open open = open(image)) {
      for (String path : List.of("/chunk", "/file", "/overlap", "/unsorted", "/missing", "/pack")) {
        assertThatThrownBy(() -> open.read(path, 0, 200))
            .as(path)
            .isInstanceOf(CorruptException.class);
      }
      // The impossible extent lies behind the end: nobody needs it.
      assertThat(open.read("/far", 0, 200)).isEqualTo(new byte[50]);
    }
  }
}
