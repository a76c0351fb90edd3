package dev.sway.lazyfsd.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.chunk.ChunkCache;
import dev.sway.lazyfsd.fixture.Fault;
import dev.sway.lazyfsd.fixture.FaultProxy;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.kernel.KernelTransport;
import dev.sway.lazyfsd.guess.Guesses;
import dev.sway.lazyfsd.hot.HotPacks;
import dev.sway.lazyfsd.image.LinkEstimate;
import dev.sway.lazyfsd.prefetch.MountPrefetches;
import dev.sway.lazyfsd.prefetch.Prefetch;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSources;
import dev.sway.lazyfsd.source.SourceConfig;
import dev.sway.lazyfsd.trace.AccessLog;
import dev.sway.lazyfsd.view.IndexedImage;
import dev.sway.lazyfsd.view.Neighbours;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
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

/// Two workers that learn the profile of one command at the same time, and both store its hot pack
/// in the same blobd. Needs root and FUSE.
@Timeout(120)
final class SharedHotPackIT {
  private static final CommandKey COMMAND = CommandKey.ofCommand(List.of("app"));
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CHUNK = 300_001;
  private static final int FILE = 20 * CHUNK;
  private static final int STEP = 1_200_000;
  private static final int ROUNDS = 4;
  private static final long SEED = 20_261_129;

  @TempDir Path folder;
  private final List<byte[]> contents = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private TestImage.Built image;
  private PackServer blobd;

  /// What a worker has of its own: caches, a mount, profiles.
  private final class Worker implements AutoCloseable {
    private final PackSources sources;
    private final BlobClient client;
    private final IndexReader index;
    private final ChunkCache chunks;
    private final FetchCounters counters = new FetchCounters();
    private final IndexedImage view;
    private final FuseMount mount;
    private final MountPrefetches prefetches;
    private final SharedProfiles profiles;

    /// @param name of its folder, where one may have worked before
    Worker(String name) throws IOException {
      this(name, blobd.uri());
    }

    /// @param packs is asked for packs
    Worker(String name, URI packs) throws IOException {
      Path state = Files.createDirectories(folder.resolve(name));
      sources =
          PackSources.open(
              new SourceConfig(
                  List.of(), List.of(), packs, Optional.empty(), SourceConfig.READ_DEADLINE));
      client = new BlobClient(blobd.uri(), Optional.empty());
      index = image.open();
      chunks = new ChunkCache(new PackCache(state.resolve("packs"), sources), 8 << 20);
      HotPacks hot = new HotPacks(index, chunks, counters);
      Neighbours neighbours = new Neighbours(chunks, counters, new LinkEstimate());
      view = new IndexedImage(index, chunks, counters, hot, neighbours, 0);
      Path point = Files.createTempDirectory(state, "point");
      mount = new KernelTransport().mount(view, new AccessLog(), point, "sway:test");
      Guesses guesses = new Guesses(index, chunks, counters, neighbours::isWanted);
      prefetches =
          new MountPrefetches(chunks, index, mount, counters, hot, neighbours, guesses, false);
      profiles =
          new SharedProfiles(
              new LocalProfiles(state), client.profiles(), state.resolve("hot-packs"));
      workers.add(this);
    }

    /// Compares bytes of a file as the kernel gets them.
    void assertReads(int file, int offset, int length) throws IOException {
      byte[] content = contents.get(file);
      long inode = index.read(session -> session.lookup(1, ByteName.of("f" + file)));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment target = arena.allocate(length);
        int count = view.read(inode, offset, target);
        assertThat(
                Arrays.mismatch(
                    target.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE),
                    Arrays.copyOfRange(content, offset, Math.min(FILE, offset + length))))
            .as("file %d at %d", file, offset)
            .isEqualTo(-1);
      }
    }

    void readAll() throws IOException {
      for (int file = 0; file < contents.size(); file++) {
        assertThat(
                Arrays.mismatch(
                    Files.readAllBytes(mount.point().resolve("f" + file)), contents.get(file)))
            .isEqualTo(-1);
      }
    }

    /// Brings what the profile names, as before a run.
    Profiles.Found prefetch() throws IOException {
      Profiles.Found found = profiles.find(image.digest(), COMMAND).orElseThrow();
      try (Prefetch prefetch = prefetches.begin(found.profile(), found.hot())) {
        assertThat(prefetch.await(PATIENCE)).isTrue();
        assertThat(prefetch.outcome()).isEqualTo("done");
      }
      return found;
    }

    @Override
    public void close() throws IOException {
      workers.remove(this);
      prefetches.close();
      mount.close();
      chunks.close();
      sources.close();
      client.close();
      index.close();
    }
  }

  @BeforeAll
  static void needs() {
    Needs.rootAndFuse();
  }

  @BeforeEach
  void start() throws IOException {
    Random random = new Random(SEED);
    TestImage made = new TestImage(folder);
    for (int file = 0; file < 2; file++) {
      byte[] content = Randomized.bytes(random, FILE);
      List<Extent> extents = new ArrayList<>();
      for (int at = 0; at < FILE; at += CHUNK) {
        extents.add(
            new Extent(at, made.chunk(Arrays.copyOfRange(content, at, at + CHUNK)), 0, CHUNK));
      }
      contents.add(content);
      made.file("/f" + file, FILE, extents);
    }
    image = made.build();
    blobd = new PackServer(folder.resolve("store"));
    for (byte[] blob : List.of(image.pack(), image.index(), image.manifestBytes())) {
      var _ = blobd.add(blob);
    }
  }

  @AfterEach
  void stop() throws IOException {
    for (Worker worker : List.copyOf(workers)) {
      worker.close();
    }
    if (blobd != null) {
      blobd.close();
    }
  }

  /// The trace of a run that read the beginning of a file.
  private Trace trace(int run, int file, int length) {
    TraceHeader header =
        new TraceHeader(
            "run" + run,
            "app",
            image.digest(),
            COMMAND,
            List.of("app"),
            Instant.EPOCH.plusSeconds(run),
            false,
            0,
            0,
            0,
            0,
            0,
            PrefetchSummary.none("off"),
            Map.of());
    Access access =
        new Access(
            run,
            Operation.READ,
            2 + file,
            "/f" + file,
            0,
            length,
            1,
            "app",
            1,
            ServedFrom.SOURCE,
            false);
    return new Trace(header, List.of(access));
  }

  /// Has a worker learn and build, beside one that does the same, while it reads.
  private static Callable<Void> heats(
      Worker worker, Trace trace, CyclicBarrier both, Digest manifest) {
    return () -> {
      both.await();
      assertThat(worker.profiles.learn(trace)).isTrue();
      worker.profiles.share(trace, true);
      both.await();
      worker.profiles.heat(manifest, COMMAND, worker.prefetches, () -> {});
      return null;
    };
  }

  private static Callable<Void> reads(Worker worker, Random random, List<Future<Void>> others) {
    return () -> {
      do {
        worker.assertReads(random.nextInt(2), random.nextInt(FILE - 1), 1 + random.nextInt(90_000));
      } while (!others.stream().allMatch(Future::isDone));
      return null;
    };
  }

  @Test
  void twoWorkersThatBuildAtOnceLeaveOneHotPackAndReadWhatIsRight() throws Exception {
    Worker one = new Worker("one");
    Worker two = new Worker("two");
    one.readAll();
    two.readAll();
    CyclicBarrier both = new CyclicBarrier(2);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int round = 1; round <= ROUNDS; round++) {
        int length = round * STEP;
        List<Future<Void>> heating =
            List.of(
                threads.submit(heats(one, trace(2 * round, 0, length), both, image.digest())),
                threads.submit(heats(two, trace(2 * round + 1, 1, length), both, image.digest())));
        List<Future<Void>> reading =
            List.of(
                threads.submit(reads(one, new Random(SEED + round), heating)),
                threads.submit(reads(two, new Random(SEED - round), heating)));
        for (Future<Void> done : Stream.concat(heating.stream(), reading.stream()).toList()) {
          done.get();
        }
        assertOneHotPack();
      }
    }
    // Either may have built before it knew of the other's last run: the next run sees to that.
    one.profiles.share(trace(2 * ROUNDS + 2, 0, ROUNDS * STEP), true);
    one.profiles.heat(image.digest(), COMMAND, one.prefetches, () -> {});
    one.close();
    two.close();
    for (String name : List.of("one", "two")) {
      try (Worker again = new Worker(name)) {
        Profiles.Found found = again.prefetch();
        assertThat(found.origin()).isEqualTo("worker");
        again.readAll();
        assertThat(again.counters.snapshot().failures()).isZero();
      }
    }
    assertAnotherReadsFromTheHotPackAlone();
  }

  @Test
  void whoseHotPackIsReplacedBeforeItIsFetchedKnowsTheOther() throws IOException {
    Worker two = new Worker("two");
    two.readAll();
    try (FaultProxy proxy = new FaultProxy(blobd.uri(), Fault.always(Fault.NONE))) {
      Worker one = new Worker("one", proxy.uri());
      one.readAll();
      for (Worker worker : List.of(one, two)) {
        Trace trace = trace(worker == one ? 1 : 2, worker == one ? 0 : 1, 2 * STEP);
        assertThat(worker.profiles.learn(trace)).isTrue();
        worker.profiles.share(trace, true);
      }
      List<Digest> stored = new ArrayList<>();
      proxy.schedule(() -> {
        if (stored.isEmpty()) {
          stored.add(blobds());
          two.profiles.heat(image.digest(), COMMAND, two.prefetches, () -> {});
        }
        return Fault.MISSING;
      });
      one.profiles.heat(image.digest(), COMMAND, one.prefetches, () -> {});

      assertThat(stored).as("what the first worker has stored").doesNotContain(blobds()).hasSize(1);
      assertThat(one.profiles.find(image.digest(), COMMAND).flatMap(Profiles.Found::hot))
          .map(map -> map.pack().digest())
          .contains(blobds());
      one.close();
    }
  }

  /// The hot pack that blobd has.
  private Digest blobds() {
    try (BlobClient client = new BlobClient(blobd.uri(), Optional.empty())) {
      return client.profiles().hot(image.digest(), COMMAND).orElseThrow().content().pack().digest();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What blobd has is a map and the pack that it names.
  private HotMap assertOneHotPack() throws IOException {
    Path hot = folder.resolve("store/hot").resolve(image.digest().hex());
    try (BlobClient client = new BlobClient(blobd.uri(), Optional.empty());
        Stream<Path> files = Files.list(hot)) {
      HotMap map = client.profiles().hot(image.digest(), COMMAND).orElseThrow().content();
      Digest pack = map.pack().digest();
      Path file = hot.resolve(COMMAND.hex() + "-" + pack.hex());
      assertThat(files).containsExactlyInAnyOrder(hot.resolve(COMMAND.hex()), file);
      assertThat(Digest.of(Files.readAllBytes(file))).isEqualTo(pack);
      return map;
    }
  }

  private void assertAnotherReadsFromTheHotPackAlone() throws IOException {
    HotMap map = assertOneHotPack();
    String digest = image.reference().digest().hex();
    Files.delete(folder.resolve("store/blobs/sha256/" + digest.substring(0, 2) + "/" + digest));
    try (Worker third = new Worker("third")) {
      Profiles.Found found = third.prefetch();
      assertThat(found.origin()).isEqualTo("blobd");
      assertThat(found.hot().map(HotMap::pack)).contains(map.pack());
      for (int file = 0; file < 2; file++) {
        for (int at = 0; at < ROUNDS * STEP; at += 50_000) {
          third.assertReads(file, at, 50_000);
        }
      }
      assertThat(third.counters.snapshot().failures()).isZero();
    }
  }
}
