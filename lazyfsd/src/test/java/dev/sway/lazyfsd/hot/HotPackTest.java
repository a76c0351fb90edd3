package dev.sway.lazyfsd.hot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.chunk.UnprovenException;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotPiece;
import dev.sway.formats.hot.HotSegment;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.formats.trace.CommandKey;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSources;
import dev.sway.lazyfsd.source.SourceConfig;
import dev.sway.lazyfsd.source.Urgency;
import dev.sway.lazyfsd.view.IndexedImage;
import dev.sway.lazyfsd.view.Neighbours;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read with a hot pack is what the image has, whatever the hot pack is.
class HotPackTest {
  /// No multiple of a block, so that blocks lie at odd places in files.
  private static final int CHUNK = 300_001;

  private static final Digest MANIFEST = Digest.of(new byte[0]);

  @TempDir Path folder;
  private final Map<String, byte[]> contents = new LinkedHashMap<>();
  private final FetchCounters counters = new FetchCounters();
  private final List<Worker> workers = new ArrayList<>();
  private final AtomicInteger pauses = new AtomicInteger();
  private FakeSource source;
  private IndexReader index;
  private Digest pack;

  /// A worker with caches of its own.
  private final class Worker {
    final ChunkCache chunks;
    final HotPacks hot;
    final IndexedImage view;

    Worker() throws IOException {
      Path packs = Files.createTempDirectory(folder, "packs");
      chunks = new ChunkCache(new PackCache(packs, source), 8 << 20);
      hot = new HotPacks(index, chunks, counters);
      view =
          new IndexedImage(
              index,
              chunks,
              counters,
              hot,
              new Neighbours(chunks, counters, new LinkEstimate()),
              0);
      workers.add(this);
    }

    byte[] read(String path, long offset, int length) throws IOException {
      long inode = inode(path);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment target = arena.allocate(length);
        int count = view.read(inode, offset, target);
        return target.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
      }
    }

    void readAll() throws IOException {
      for (Map.Entry<String, byte[]> file : contents.entrySet()) {
        assertReads(file.getKey(), 0, file.getValue().length);
      }
    }

    void assertReads(String path, int offset, int length) throws IOException {
      byte[] content = Objects.requireNonNull(contents.get(path));
      int end = Math.min(content.length, offset + length);
      assertThat(
              Arrays.mismatch(read(path, offset, length), Arrays.copyOfRange(content, offset, end)))
          .as("%s from %d on", path, offset)
          .isEqualTo(-1);
    }

    Optional<HotMap> build(Profile profile, Optional<HotMap> known, Path file) throws IOException {
      return new HotPackBuilder(index, chunks).build(profile, known, file, pauses::incrementAndGet);
    }
  }

  @BeforeEach
  void image() throws IOException {
    image(7, true);
  }

  private void image(int seed, boolean roots) throws IOException {
    Random random = new Random(seed);
    contents.clear();
    TestImage image = new TestImage(folder);
    byte[] shared = new byte[60_000];
    random.nextBytes(shared);
    int bundle = image.chunk(shared);
    for (int i = 0; i < 6; i++) {
      contents.put("/small" + i, Arrays.copyOfRange(shared, i * 10_000, (i + 1) * 10_000));
      image.file("/small" + i, 10_000, List.of(new Extent(0, bundle, i * 10_000, 10_000)));
    }
    for (int i = 0; i < 2; i++) {
      byte[] content = new byte[5 * CHUNK + 777];
      random.nextBytes(content);
      List<Extent> extents = new ArrayList<>();
      for (int at = 0; at < content.length; at += CHUNK) {
        byte[] part = Arrays.copyOfRange(content, at, Math.min(at + CHUNK, content.length));
        extents.add(new Extent(at, image.chunk(part), 0, part.length));
      }
      contents.put("/large" + i, content);
      image.file("/large" + i, content.length, extents);
    }
    if (!roots) {
      image.chunk(image.build().chunks().getFirst(), new byte[0]);
    }
    TestImage.Built built = image.build();
    source = new FakeSource(built.pack());
    pack = built.reference().digest();
    index = built.open();
  }

  @AfterEach
  void close() throws IOException {
    for (Worker worker : workers) {
      worker.chunks.close();
    }
    index.close();
  }

  private long inode(String path) throws IOException {
    return index.read(session -> session.lookup(1, ByteName.of(path.substring(1))));
  }

  private static Profile profile(ProfiledPath... paths) {
    return new Profile(
        MANIFEST,
        CommandKey.ofCommand(List.of("app")),
        List.of("app"),
        1,
        Instant.EPOCH,
        false,
        List.of(paths));
  }

  private static ProfiledPath path(String path, long... ranges) {
    List<ProfileRange> all = new ArrayList<>();
    for (int i = 0; i < ranges.length; i += 2) {
      all.add(new ProfileRange(ranges[i], ranges[i + 1]));
    }
    return new ProfiledPath(path, 0, all, 0, 1, 0);
  }

  /// Pages here and there, across ends of chunks, and a small file.
  private static Profile some() {
    return profile(
        path("/large1", 4096, 4096, 73 * 4096, 8192, 147 * 4096, 40_960, 360 * 4096, 26_222),
        path("/small3", 0, 10_000),
        path("/large0", 0, 900_000));
  }

  /// The hot pack of a profile, built by a worker that has everything, and at the source.
  private HotMap built(Profile profile) throws IOException {
    Worker worker = new Worker();
    worker.readAll();
    Path file = folder.resolve("hot" + workers.size());
    HotMap map = worker.build(profile, Optional.empty(), file).orElseThrow();
    source.add(map.pack().digest(), Files.readAllBytes(file));
    source.asked.clear();
    return map;
  }

  private void assertReadsSome(Worker worker) throws IOException {
    worker.assertReads("/large1", 4096, 4096);
    worker.assertReads("/large1", 73 * 4096, 8192);
    worker.assertReads("/large1", 147 * 4096, 40_960);
    worker.assertReads("/large1", 1_474_560, 26_222);
    worker.assertReads("/small3", 0, 20_000);
  }

  @Test
  void whatTheHotPackHasIsReadFromThereAndIsTheImages() throws IOException {
    HotMap map = built(some());
    Worker worker = new Worker();
    worker.hot.add(map);
    assertReadsSome(worker);
    worker.assertReads("/large0", 0, 900_000);
    assertThat(source.asked).containsOnlyKeys(map.pack().digest());
  }

  @Test
  void whatItDoesNotHaveIsReadFromChunks() throws IOException {
    HotMap map = built(some());
    Worker worker = new Worker();
    worker.hot.add(map);
    worker.readAll();
    assertThat(source.asked).containsKeys(pack, map.pack().digest());
  }

  @Test
  void aChunkThatIsHereIsReadRatherThanAHotPackThatIsNot() throws IOException {
    HotMap map = built(some());
    Worker worker = new Worker();
    worker.readAll();
    worker.hot.add(map);
    source.asked.clear();
    assertReadsSome(worker);
    assertThat(source.asked).isEmpty();
  }

  @Test
  void aHotPackOfOtherContentShowsNothingOfIt() throws IOException {
    HotMap other = built(some());
    byte[] foreign = foreign(other);
    index.close();
    image(8, true);
    source.add(other.pack().digest(), foreign);

    Worker worker = new Worker();
    worker.hot.add(other);
    assertReadsSome(worker);
    assertThat(source.asked).containsKeys(pack, other.pack().digest());
    assertThat(counters.snapshot().failures()).as("the mount has lost nothing").isZero();
  }

  /// The bytes that the source has of a hot pack.
  private byte[] foreign(HotMap map) throws IOException {
    return source.fetch(
        map.pack(),
        0,
        (int) map.pack().size(),
        Urgency.PREFETCH,
        new FetchCounters(),
        (body, where) -> body.toArray(ValueLayout.JAVA_BYTE));
  }

  @Test
  void aHotPackThatIsGoneCostsNoRead() throws IOException {
    HotMap map = built(some());
    source.remove(map.pack().digest());
    Worker worker = new Worker();
    worker.hot.add(map);
    assertReadsSome(worker);
    worker.readAll();
    assertThat(source.asked.get(map.pack().digest())).as("it is asked for once").isEqualTo(1);
    assertThat(counters.snapshot().failures()).isZero();
  }

  @Test
  void aDamagedHotPackCostsNoRead() throws IOException {
    HotMap map = built(some());
    byte[] damaged = foreign(map);
    for (int i = 0; i < damaged.length; i += 1000) {
      damaged[i] ^= 4;
    }
    source.add(map.pack().digest(), damaged);
    Worker worker = new Worker();
    worker.hot.add(map);
    assertReadsSome(worker);
    worker.readAll();
    assertThat(counters.snapshot().failures()).isZero();
  }

  @Test
  void aMapThatNamesWhatTheImageDoesNotHaveIsRefused() throws IOException {
    HotMap map = built(some());
    HotSegment segment = map.segments().getFirst();
    HotPacks hot = new Worker().hot;
    for (HotPiece wrong :
        List.of(new HotPiece(1000, 0, 1), new HotPiece(0, 15, 1), new HotPiece(1, 0, 2))) {
      HotSegment changed = new HotSegment(segment.location(), List.of(wrong), segment.proof());
      assertThatThrownBy(() -> hot.add(new HotMap(MANIFEST, map.pack(), List.of(changed))))
          .as("%s", wrong)
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining(map.pack().digest().toString());
    }
  }

  /// A map may say that a segment has the digest of a chunk. What is decoded of it must not be
  /// taken for that chunk, be it of this image or of another one.
  @Test
  void aSegmentIsNotTakenForTheChunkWhoseDigestItSaysItHas() throws IOException {
    HotMap map = built(some());
    ChunkPlace chunk = index.read(session -> session.place(0));
    List<HotSegment> segments = new ArrayList<>();
    for (HotSegment segment : map.segments()) {
      ChunkLocation location = segment.location();
      segments.add(
          new HotSegment(
              new ChunkLocation(
                  chunk.chunk().id(), 0, location.offset(), location.stored(), location.length()),
              segment.pieces(),
              segment.proof()));
    }
    Worker worker = new Worker();
    worker.hot.add(new HotMap(MANIFEST, map.pack(), segments));
    assertReadsSome(worker);
    assertThat(source.asked).as("what it has is right").containsOnlyKeys(map.pack().digest());
    assertThat(worker.chunks.isInMemory(chunk)).isFalse();
    worker.readAll();
  }

  /// A map that lies says nothing about the copies of its hot pack: each is asked for once, none is
  /// put aside, and another map has its segments from the disk.
  @Test
  void aLieInAMapIsNoDamageOfAHotPack() throws IOException {
    HotMap map = built(some());
    int number = 0;
    while (map.segments().get(number).proof().length == 0) {
      number++;
    }
    List<HotSegment> segments = new ArrayList<>(map.segments());
    byte[] proof = segments.get(number).proof().clone();
    proof[0] ^= 1;
    segments.set(
        number,
        new HotSegment(segments.get(number).location(), segments.get(number).pieces(), proof));
    HotMap lying = new HotMap(MANIFEST, map.pack(), segments);
    ChunkPlace refused =
        index.<List<ChunkPlace>>read(session -> HotPack.places(lying, session)).get(number);
    ChunkPlace right =
        index.<List<ChunkPlace>>read(session -> HotPack.places(map, session)).get(number);

    try (PackServer server = new PackServer(folder.resolve("store"))) {
      server.add(foreign(map));
      PackSources sources =
          PackSources.open(
              new SourceConfig(
                  List.of(), List.of(), server.uri(), Optional.empty(), Duration.ofSeconds(10)));
      try (sources;
          ChunkCache chunks =
              new ChunkCache(new PackCache(folder.resolve("real"), sources), 8 << 20)) {
        assertThatThrownBy(() -> chunks.prefetch(List.of(refused), counters, _ -> {}))
            .isInstanceOf(UnprovenException.class)
            .hasMessageContaining("than the image");
        assertThatThrownBy(
                () -> chunks.read(refused, 0, MemorySegment.ofArray(new byte[1]), counters))
            .isInstanceOf(UnprovenException.class);
        assertThat(chunks.isInMemory(right)).isFalse();
        assertThat(chunks.awaitKept(Duration.ofSeconds(10))).isTrue();
        assertThat(chunks.isKept(right)).as("the frame is the right one").isTrue();

        byte[] content = new byte[right.chunk().length()];
        chunks.read(right, 0, MemorySegment.ofArray(content), counters);
        assertThat(Digest.of(content)).isEqualTo(right.chunk().id().digest());
        assertThat(sources.status())
            .singleElement()
            .satisfies(status -> {
              assertThat(status.requests()).isEqualTo(1);
              assertThat(status.quarantines()).isZero();
              assertThat(status.failures()).isZero();
            });
        assertThat(counters.snapshot().repairs()).isZero();
      }
    }
  }

  @Test
  void nothingIsBuiltWhereTheKnownOneDoes() throws IOException {
    Worker worker = new Worker();
    worker.readAll();
    Path file = folder.resolve("hot");
    HotMap map = worker.build(some(), Optional.empty(), file).orElseThrow();
    assertThat(pauses).as("calls of who may make it wait").hasPositiveValue();
    Path second = folder.resolve("second");
    assertThat(worker.build(some(), Optional.of(map), second)).isEmpty();
    Profile more = profile(path("/large0", 0, 1_100_000), path("/large1", 0, 100_000));
    assertThat(worker.build(more, Optional.of(map), second))
        .as("it lacks much of what is wanted")
        .isPresent();
    Profile less = profile(path("/large0", 0, 4096), path("/large1", 4096, 4096));
    assertThat(worker.build(less, Optional.of(map), folder.resolve("third")))
        .as("two pages of two chunks come in one request each as it is")
        .isEmpty();
  }

  @Test
  void nothingIsFetchedToBuildOne() throws IOException {
    Worker worker = new Worker();
    var _ = worker.read("/large0", 0, 900_000);
    source.asked.clear();
    assertThat(worker.build(some(), Optional.empty(), folder.resolve("hot"))).isEmpty();
    assertThat(source.asked).isEmpty();
    assertThat(folder.resolve("hot")).doesNotExist();
  }

  @Test
  void anImageOfBeforeHasNone() throws IOException {
    HotMap map = built(some());
    byte[] bytes = foreign(map);
    index.close();
    image(7, false);
    source.add(map.pack().digest(), bytes);
    Worker worker = new Worker();
    worker.readAll();
    assertThat(worker.build(some(), Optional.empty(), folder.resolve("none"))).isEmpty();
    Worker other = new Worker();
    other.hot.add(map);
    other.readAll();
    assertThat(counters.snapshot().failures()).isZero();
    assertThat(other.hot.isBroken(map)).as("nothing says that it is the image's").isTrue();
  }

  @Test
  void aPackOfTheImageIsNoHotPack() throws IOException {
    HotMap map = built(some());
    HotMap own = new HotMap(MANIFEST, new PackReference(pack, map.pack().size()), map.segments());
    HotPacks hot = new Worker().hot;
    assertThatThrownBy(() -> hot.add(own))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("a pack of the image");
  }

  @Test
  void whatIsReadAheadComesFromTheHotPackToo() throws IOException {
    HotMap map = built(profile(path("/large0", 0, 5L * CHUNK + 777)));
    Worker worker = new Worker();
    worker.hot.add(map);
    for (int at = 0; at < 5 * CHUNK; at += 100_000) {
      worker.assertReads("/large0", at, 100_000);
    }
    assertThat(source.asked).containsOnlyKeys(map.pack().digest());
  }

  @Test
  void whatWasGivenUpIsNotTriedAgain() throws IOException {
    HotMap map = built(some());
    source.remove(map.pack().digest());
    Worker worker = new Worker();
    worker.hot.add(map);
    assertReadsSome(worker);
    HotMap next = built(profile(path("/large0", 0, 5L * CHUNK + 777)));
    worker.hot.add(next);
    worker.hot.add(map);
    worker.readAll();
    assertThat(source.asked).doesNotContainKey(map.pack().digest());
  }

  @Test
  void theSameProfileGivesTheSameHotPack() throws IOException {
    assertThat(built(some()).pack()).isEqualTo(built(some()).pack());
  }
}
