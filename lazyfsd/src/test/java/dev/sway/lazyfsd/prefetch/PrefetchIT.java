package dev.sway.lazyfsd.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotPiece;
import dev.sway.formats.hot.HotSegment;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.Refaults;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.ReadAheadSize;
import dev.sway.lazyfsd.fuse.kernel.KernelTransport;
import dev.sway.lazyfsd.guess.Guesses;
import dev.sway.lazyfsd.hot.HotPack;
import dev.sway.lazyfsd.hot.HotPacks;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.trace.AccessLog;
import dev.sway.lazyfsd.trace.RunRecording;
import dev.sway.lazyfsd.view.IndexedImage;
import dev.sway.lazyfsd.view.Neighbours;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Prefetches into a real mount: the kernel then has what a profile names, and nothing wrong
/// whatever it names. Needs root and FUSE.
@Timeout(120)
class PrefetchIT {
  private static final CommandKey COMMAND = CommandKey.ofCommand(List.of("app"));
  private static final int CHUNK = 300_000;

  @TempDir Path folder;
  private final Map<String, byte[]> contents = new LinkedHashMap<>();
  private final FetchCounters counters = new FetchCounters();
  private final AccessLog log = new AccessLog();
  private FakeSource source;
  private IndexReader index;
  private Digest pack;
  private ChunkCache chunks;
  private IndexedImage view;
  private FuseMount mount;
  private MountPrefetches prefetches;

  @BeforeAll
  static void needs() {
    Needs.rootAndFuse();
  }

  /// Files of one chunk and of several, with a hole, and small ones that share a chunk.
  @BeforeEach
  void mount() throws IOException {
    Random random = new Random(7);
    TestImage image = new TestImage(folder).directory("/d").directory("/d/e").symlink("/s", "d");
    byte[] shared = new byte[60_000];
    random.nextBytes(shared);
    int bundle = image.chunk(shared);
    for (int i = 0; i < 6; i++) {
      byte[] content = Arrays.copyOfRange(shared, i * 10_000, (i + 1) * 10_000);
      contents.put("/d/small" + i, content);
      image.file(
          "/d/small" + i, content.length, List.of(new Extent(0, bundle, i * 10_000, 10_000)));
    }
    for (int i = 0; i < 4; i++) {
      byte[] content = new byte[5 * CHUNK + 777];
      List<Extent> extents = new ArrayList<>();
      for (int at = 0; at < content.length; at += CHUNK) {
        int length = Math.min(CHUNK, content.length - at);
        if (at != 2 * CHUNK) {
          byte[] part = new byte[length];
          random.nextBytes(part);
          System.arraycopy(part, 0, content, at, length);
          extents.add(new Extent(at, image.chunk(part), 0, length));
        }
      }
      contents.put("/d/e/large" + i, content);
      image.file("/d/e/large" + i, content.length, extents);
    }
    TestImage.Built built = image.build();
    source = new FakeSource(built.pack());
    pack = built.reference().digest();
    index = built.open();
    mount("first");
  }

  /// Mounts it with caches that are empty.
  private void mount(String name) throws IOException {
    chunks = new ChunkCache(new PackCache(folder.resolve(name + "-packs"), source), 8 << 20);
    HotPacks hot = new HotPacks(index, chunks, counters);
    Neighbours neighbours = new Neighbours(chunks, counters, new LinkEstimate());
    view = new IndexedImage(index, chunks, counters, hot, neighbours, 0);
    Guesses guesses = new Guesses(index, chunks, counters, neighbours::isWanted);
    mount =
        new KernelTransport()
            .mount(
                view,
                log.andThen(guesses),
                Files.createDirectory(folder.resolve(name + "-point")),
                "sway:test");
    prefetches =
        new MountPrefetches(chunks, index, mount, counters, hot, neighbours, guesses, true);
  }

  @AfterEach
  void close() throws IOException {
    if (mount != null) {
      unmount();
      index.close();
    }
  }

  private void unmount() throws IOException {
    prefetches.close();
    mount.close();
    chunks.close();
  }

  /// The hot pack of all there is, at the source, and a mount that has neither it nor anything
  /// else.
  private HotMap hotPack() throws IOException {
    readAll();
    Path file = folder.resolve("hot.pack");
    HotMap map = prefetches.build(everything(), Optional.empty(), file, () -> {}).orElseThrow();
    source.add(map.pack().digest(), Files.readAllBytes(file));
    unmount();
    mount("second");
    source.asked.clear();
    return map;
  }

  private static ProfiledPath path(String path, ProfileRange... ranges) {
    return new ProfiledPath(path, 0, List.of(ranges), 0, 1, 0);
  }

  private static Profile profile(List<ProfiledPath> paths) {
    return new Profile(
        Digest.of(new byte[0]), COMMAND, List.of("app"), 1, Instant.EPOCH, false, paths);
  }

  private Profile everything() {
    return profile(
        contents.entrySet().stream()
            .map(file -> path(file.getKey(), new ProfileRange(0, file.getValue().length)))
            .toList());
  }

  private void readAll() throws IOException {
    for (Map.Entry<String, byte[]> file : contents.entrySet()) {
      assertThat(Files.readAllBytes(mount.point().resolve(file.getKey().substring(1))))
          .as(file.getKey())
          .isEqualTo(file.getValue());
    }
  }

  /// What a test does with the mount.
  @FunctionalInterface
  private interface Reading {
    void read() throws IOException;
  }

  /// Nothing is asked for but what the kernel had and has reclaimed since, which is little of all:
  /// its count is of the whole machine.
  private void assertServedByTheKernelAlone(Reading reading) throws IOException {
    RunRecording recording = recording();
    long before = Refaults.pages();
    reading.read();
    long reclaimed = Refaults.pages() - before;
    List<Access> accesses = accesses(recording);
    long all = contents.values().stream().mapToLong(content -> content.length).sum();
    assertThat(accesses)
        .as("%d pages reclaimed", reclaimed)
        .allMatch(access ->
            access.operation() == Operation.READ || access.operation() == Operation.READDIR);
    assertThat(accesses.stream().mapToLong(PrefetchIT::pages).sum())
        .as("%d pages reclaimed, %s", reclaimed, accesses)
        .isLessThanOrEqualTo(Math.min(reclaimed, all / 4096 / 4));
  }

  /// Those of a file that were asked for, or the one of a directory.
  private static long pages(Access access) {
    return access.operation() == Operation.READ ? Math.ceilDiv(access.length(), 4096) : 1;
  }

  private List<Access> accesses(RunRecording recording) throws IOException {
    TraceHeader header =
        new TraceHeader(
            "run",
            "app",
            Digest.of(new byte[0]),
            COMMAND,
            List.of("app"),
            Instant.EPOCH,
            true,
            0,
            0,
            0,
            0,
            0,
            PrefetchSummary.none("off"),
            Map.of());
    return recording.trace(header, view).accesses();
  }

  private RunRecording recording() {
    return new RunRecording("0123456789ab", log, false, System.nanoTime());
  }

  @Test
  void whatAProfileNamesIsServedByTheKernelAlone() throws IOException {
    try (Prefetch prefetch = prefetches.begin(everything(), Optional.empty())) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.outcome()).isEqualTo("done");
      assertThat(prefetch.pushedBytes())
          .isEqualTo(contents.values().stream().mapToLong(content -> content.length).sum());
      assertThat(prefetch.fetchedBytes()).isPositive().isEqualTo(counters.snapshot().bytes());
      assertThat(prefetch.chunks()).isPositive();
      assertThat(prefetch.segments()).isZero();
    }
    assertThat(places()).as("chunks stay").anyMatch(chunks::isInMemory);
    assertServedByTheKernelAlone(this::readAll);
  }

  @Test
  void linksThatAProfileNamesAreReadByTheKernelAlone() throws IOException {
    try (Prefetch prefetch =
        prefetches.begin(profile(List.of(path("/s"), path("/none"))), Optional.empty())) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.outcome()).isEqualTo("done");
    }
    assertServedByTheKernelAlone(() ->
        assertThat(Files.readSymbolicLink(mount.point().resolve("s"))).isEqualTo(Path.of("d")));
  }

  @Test
  void whatAHotPackHasIsFetchedFromThereAlone() throws IOException {
    HotMap map = hotPack();
    try (Prefetch prefetch = prefetches.begin(everything(), Optional.of(map))) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.outcome()).isEqualTo("done");
      assertThat(prefetch.segments()).isEqualTo(map.segments().size()).isEqualTo(prefetch.chunks());
      assertThat(prefetch.pushedBytes())
          .isEqualTo(contents.values().stream().mapToLong(content -> content.length).sum());
    }
    assertThat(index.<List<ChunkPlace>>read(session -> HotPack.places(map, session)))
        .as("the kernel has all of them")
        .isNotEmpty()
        .noneMatch(chunks::isInMemory);
    assertServedByTheKernelAlone(this::readAll);
    assertThat(source.asked).containsOnlyKeys(map.pack().digest());
  }

  /// The image's chunks.
  private List<ChunkPlace> places() throws IOException {
    return index.read(session -> {
      List<ChunkPlace> places = new ArrayList<>();
      for (int chunk = 0; chunk < index.counts().chunks(); chunk++) {
        places.add(session.place(chunk));
      }
      return places;
    });
  }

  /// Reads the first `part` of each file, past the kernel.
  private void read(double part) throws IOException {
    for (Map.Entry<String, byte[]> file : contents.entrySet()) {
      Path path = mount.point().resolve(file.getKey().substring(1));
      long inode = ((Number) Files.getAttribute(path, "unix:ino")).longValue();
      try (Arena arena = Arena.ofConfined()) {
        view.read(inode, 0, arena.allocate((long) (part * file.getValue().length) + 1));
      }
    }
  }

  @Test
  void aHotPackIsBuiltWhereLittleIsMissing() throws IOException {
    Path file = folder.resolve("hot.pack");
    assertThat(prefetches.build(everything(), Optional.empty(), file, () -> {})).isEmpty();
    assertThat(source.asked).as("nothing is fetched where all is missing").isEmpty();
    read(0.5);
    assertThat(prefetches.build(everything(), Optional.empty(), file, () -> {})).isEmpty();
    read(0.9);
    int before = source.asked.getOrDefault(pack, 0);
    assertThat(prefetches.build(everything(), Optional.empty(), file, () -> {})).isPresent();
    assertThat(source.asked.getOrDefault(pack, 0)).as("requests").isGreaterThan(before);
  }

  @Test
  void directoriesThatAreListedAreListedAhead() throws IOException {
    List<ProfiledPath> paths =
        List.of(path("/d", new ProfileRange(0, 4096)), path("/d/e", new ProfileRange(0, 4096)));
    try (Prefetch prefetch = prefetches.begin(profile(paths), Optional.empty())) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.outcome()).isEqualTo("done");
    }
    assertServedByTheKernelAlone(() -> {
      try (Stream<Path> all = Files.walk(mount.point().resolve("d"))) {
        assertThat(all).hasSize(12);
      }
    });
  }

  @Test
  void aHotPackThatIsGoneIsDoneWithout() throws IOException {
    HotMap map = hotPack();
    source.remove(map.pack().digest());
    assertBringsAllTheSame(map);
    assertThat(source.asked).containsKeys(pack, map.pack().digest());
  }

  @Test
  void aHotPackThatLiesIsDoneWithout() throws IOException {
    HotMap map = hotPack();
    byte[] proof = map.segments().getLast().proof().clone();
    List<HotSegment> segments = new ArrayList<>(map.segments());
    HotSegment last = segments.removeLast();
    segments.add(
        new HotSegment(last.location(), last.pieces(), Arrays.copyOf(proof, proof.length + 32)));
    assertBringsAllTheSame(new HotMap(map.manifest(), map.pack(), segments));
    assertThat(source.asked).as("it was given up").containsKeys(pack, map.pack().digest());
  }

  @Test
  void aHotPackOfAnotherImageIsDoneWithout() throws IOException {
    HotMap map = hotPack();
    HotSegment first = map.segments().getFirst();
    HotSegment changed =
        new HotSegment(first.location(), List.of(new HotPiece(99, 0, 1)), first.proof());
    assertBringsAllTheSame(new HotMap(map.manifest(), map.pack(), List.of(changed)));
    assertThat(source.asked).containsOnlyKeys(pack);
  }

  private void assertBringsAllTheSame(HotMap map) throws IOException {
    try (Prefetch prefetch = prefetches.begin(everything(), Optional.of(map))) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.outcome()).isEqualTo("done");
      assertThat(prefetch.pushedBytes())
          .isGreaterThanOrEqualTo(
              contents.values().stream().mapToLong(content -> content.length).sum());
    }
    assertServedByTheKernelAlone(this::readAll);
    assertThat(counters.snapshot().failures()).isZero();
  }

  @Test
  void whoReadsLittleAheadIsToldSoByTheKernel() throws IOException {
    Path file = readAhead();
    assertThat(file).hasContent("4096");
    NarrowReading.Lease small = prefetches.narrow(ReadAheadSize.SMALL);
    assertThat(file).hasContent("32");
    try (NarrowReading.Lease _ = prefetches.narrow(ReadAheadSize.NONE)) {
      assertThat(file).hasContent("0");
    }
    assertThat(file).hasContent("32");
    small.close();
    small.close();
    assertThat(file).hasContent("4096");
    readAll();
  }

  private Path readAhead() throws IOException {
    long device = ((Number) Files.getAttribute(mount.point(), "unix:dev")).longValue();
    return Path.of("/sys/class/bdi/0:%d/read_ahead_kb".formatted(device & 0xff));
  }

  private boolean haveAll(List<Access> accesses) {
    return contents.entrySet().stream()
        .allMatch(file -> readTo(accesses, file.getKey()) >= file.getValue().length);
  }

  private static long readTo(List<Access> accesses, String path) {
    return accesses.stream()
        .filter(access -> access.operation() == Operation.READ && access.path().equals(path))
        .mapToLong(access -> access.offset() + access.length())
        .max()
        .orElse(0);
  }

  @Test
  void aColdRunIsRecordedWithPathsRangesAndWhereItWaited() throws IOException {
    RunRecording recording = recording();
    recording.mark(Mark.MOUNTED);
    readAll();
    List<Access> accesses = accesses(recording);
    // What served the last read notes it after the reader has its answer.
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!haveAll(accesses) && System.nanoTime() < end) {
      accesses = accesses(recording);
    }
    assertRecorded(recording, accesses);
  }

  private void assertRecorded(RunRecording recording, List<Access> accesses) {
    assertThat(recording.lost()).isZero();
    assertThat(recording.marks()).containsOnlyKeys(Mark.MOUNTED);
    for (Map.Entry<String, byte[]> file : contents.entrySet()) {
      assertThat(accesses)
          .anyMatch(access ->
              access.operation() == Operation.LOOKUP && access.path().equals(file.getKey()));
      assertThat(readTo(accesses, file.getKey())).isGreaterThanOrEqualTo(file.getValue().length);
    }
    assertThat(accesses).noneMatch(Access::failed).allMatch(access -> access.waitMicros() >= 0);
    assertThat(accesses)
        .anyMatch(access -> access.from() == ServedFrom.SOURCE)
        .allMatch(
            access -> access.operation() == Operation.READ || access.from() == ServedFrom.INDEX);
    assertThat(accesses).allMatch(access -> !access.program().isEmpty());
  }

  @Test
  void aWholeImageIsFetchedAndTheKernelIsToldNothing() throws IOException {
    try (Prefetch prefetch = prefetches.beginWhole().orElseThrow()) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.outcome()).isEqualTo("done");
      assertThat(prefetch.pushedBytes()).isZero();
      assertThat(prefetch.chunks()).isEqualTo(index.counts().chunks());
    }
    RunRecording recording = recording();
    long fetched = counters.snapshot().bytes();
    assertThat(fetched).isPositive();
    source.failing(true);
    readAll();
    assertThat(counters.snapshot().bytes()).as("all was here").isEqualTo(fetched);
    assertThat(accesses(recording))
        .as("what is read still shows")
        .extracting(Access::path)
        .containsAll(contents.keySet());
  }

  @Test
  void onlyTheRangesOfAProfileAreFetched() throws IOException {
    long offset = 4L * CHUNK / 4096 * 4096;
    try (Prefetch prefetch =
        prefetches.begin(
            profile(List.of(path("/d/e/large1", new ProfileRange(offset, 4096)))),
            Optional.empty())) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.chunks()).isBetween(1, 2);
      assertThat(prefetch.pushedBytes()).isEqualTo(4096);
    }
    assertThat(counters.snapshot().bytes()).isLessThan(3L * CHUNK);
    readAll();
  }

  @Test
  void nonsenseInAProfileIsLeftOut() throws IOException {
    List<ProfiledPath> paths =
        new ArrayList<>(
            List.of(
                path("/", new ProfileRange(0, 1 << 20)),
                path("/d", new ProfileRange(0, 4096)),
                path("/s/small0", new ProfileRange(0, 4096)),
                path("/s", new ProfileRange(0, 4096)),
                path("/nothing/here", new ProfileRange(0, 4096)),
                path("/d/small0/below", new ProfileRange(0, 4096)),
                path("/d/small1", new ProfileRange(1L << 60, 1L << 61)),
                path("/d/e/large0", new ProfileRange(0, Long.MAX_VALUE / 2))));
    for (int i = 0; i < 10_000; i++) {
      paths.add(path("/d/small2", new ProfileRange(0, 4096)));
    }
    try (Prefetch prefetch = prefetches.begin(profile(paths), Optional.empty())) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.outcome()).isEqualTo("done");
    }
    readAll();
  }

  @Test
  void whatCannotBeFetchedIsLeftToTheReader() throws IOException {
    source.failing(true);
    try (Prefetch prefetch = prefetches.begin(everything(), Optional.empty())) {
      assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
      assertThat(prefetch.outcome()).contains("the source fails");
    }
    source.failing(false);
    readAll();
  }

  @Test
  void readersAndPrefetchesOfTheSameFilesDoNotWaitForEachOtherForEver() throws Exception {
    try (ExecutorService readers = Executors.newFixedThreadPool(6)) {
      for (int round = 0; round < 5; round++) {
        List<Prefetch> begun = new ArrayList<>();
        List<Future<?>> reads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          reads.add(
              readers.submit(() -> {
                readAll();
                return true;
              }));
          begun.add(prefetches.begin(everything(), Optional.empty()));
        }
        for (Future<?> read : reads) {
          assertThat(read.get()).isEqualTo(true);
        }
        for (Prefetch prefetch : begun) {
          assertThat(prefetch.await(Duration.ofSeconds(60))).isTrue();
          prefetch.close();
        }
        Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "1");
      }
    }
  }

  /// The one has all of its threads wait for the source, the other for the first one's loads.
  @Test
  void closingDoesNotWaitForASourceThatDoesNotAnswer() throws Exception {
    source.hold();
    Prefetch first = prefetches.begin(everything(), Optional.empty());
    while (source.requests.isEmpty()) {
      Thread.onSpinWait();
    }
    Prefetch second = prefetches.begin(everything(), Optional.empty());
    while (Thread.getAllStackTraces().entrySet().stream()
            .filter(thread -> thread.getKey().getName().startsWith("prefetch-fetch"))
            .filter(thread -> thread.getKey().getState() == Thread.State.WAITING)
            .count()
        < 2) {
      Thread.onSpinWait();
    }
    try {
      assertThat(CompletableFuture.runAsync(prefetches::close))
          .succeedsWithin(Duration.ofSeconds(10));
      assertThat(first.outcome()).isEqualTo("cancelled");
      assertThat(second.outcome()).isEqualTo("cancelled");
    } finally {
      source.release();
    }
    readAll();
  }

  @Test
  void closingEndsWhatIsUnderWay() throws IOException {
    Prefetch prefetch = prefetches.begin(everything(), Optional.empty());
    prefetch.close();
    prefetches.close();
    assertThat(prefetch.await(Duration.ZERO)).isTrue();
    long all = contents.values().stream().mapToLong(content -> content.length).sum();
    if (prefetch.pushedBytes() < all) {
      assertThat(prefetch.outcome()).as("also once its threads are gone").isEqualTo("cancelled");
    }
    readAll();
  }
}
