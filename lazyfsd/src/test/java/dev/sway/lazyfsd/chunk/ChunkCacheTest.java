package dev.sway.lazyfsd.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSource;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChunkCacheTest {
  private static final long MEMORY = 1 << 20;

  @TempDir Path folder;
  private final FetchCounters counters = new FetchCounters();
  private final byte[][] contents = new byte[3][];
  private TestImage.Built image;
  private FakeSource source;

  @BeforeEach
  void build() throws IOException {
    Random random = new Random(1);
    TestImage made = new TestImage(folder);
    for (int i = 0; i < contents.length; i++) {
      contents[i] = Randomized.bytes(random, 5000 + i);
      made.file("/file" + i, contents[i]);
    }
    image = made.build();
    source = new FakeSource(image.pack());
  }

  private ChunkCache open() throws IOException {
    return new ChunkCache(new PackCache(folder.resolve("packs"), source), MEMORY);
  }

  private byte[] read(ChunkCache cache, int chunk) throws IOException {
    byte[] content = new byte[contents[chunk].length];
    cache.read(place(chunk), 0, MemorySegment.ofArray(content), counters);
    return content;
  }

  private ChunkPlace place(int chunk) {
    return new ChunkPlace(image.chunks().get(chunk), image.reference());
  }

  private Path replica() {
    return folder.resolve("packs").resolve(image.reference().digest().hex() + ".pack");
  }

  private void flip(int chunk) throws IOException {
    byte[] bytes = Files.readAllBytes(replica());
    bytes[(int) image.chunks().get(chunk).offset() + 100] ^= 1;
    Files.write(replica(), bytes);
  }

  @Test
  void firstReadIsOneExactRangeRequestAndFurtherReadsAreNone() throws IOException {
    try (ChunkCache cache = open()) {
      assertThat(read(cache, 1)).isEqualTo(contents[1]);
      assertThat(read(cache, 1)).isEqualTo(contents[1]);
    }
    var chunk = image.chunks().get(1);
    assertThat(source.requests)
        .containsExactly(new FakeSource.Request(chunk.offset(), chunk.stored()));
    assertThat(counters.snapshot()).isEqualTo(new FetchCounters.Snapshot(chunk.stored(), 1, 0, 0));
  }

  @Test
  void fiftyReadersOfOneChunkMakeOneRequest() throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    try (ChunkCache cache = open();
        ExecutorService readers =
            Executors.newFixedThreadPool(
                50, Thread.ofPlatform().daemon().name("reader-", 0).factory())) {
      List<Future<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        reads.add(
            readers.submit(() -> {
              start.await();
              return read(cache, 0);
            }));
      }
      start.countDown();
      for (Future<byte[]> read : reads) {
        assertThat(read.get()).isEqualTo(contents[0]);
      }
    }
    assertThat(source.requests).hasSize(1);
  }

  @Test
  void restartServesFromTheDisk() throws IOException {
    try (ChunkCache cache = open()) {
      read(cache, 0);
      read(cache, 2);
    }
    source.failing(true);
    try (ChunkCache cache = open()) {
      assertThat(read(cache, 0)).isEqualTo(contents[0]);
      assertThat(read(cache, 2)).isEqualTo(contents[2]);
      assertThatThrownBy(() -> read(cache, 1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void flippedBitInTheCacheIsFetchedAgainAndRepaired() throws IOException {
    try (ChunkCache cache = open()) {
      read(cache, 1);
    }
    flip(1);
    try (ChunkCache cache = open()) {
      assertThat(read(cache, 1)).isEqualTo(contents[1]);
    }
    assertThat(source.requests).hasSize(2);
    assertThat(counters.snapshot().repairs()).isEqualTo(1);
    try (ChunkCache cache = open()) {
      assertThat(read(cache, 1)).isEqualTo(contents[1]);
    }
    assertThat(source.requests).hasSize(2);
  }

  @Test
  void damagedSourceIsAskedTwiceThenTheReaderIsToldAndTheNextReadTriesAgain() throws IOException {
    source.damaged(true);
    try (ChunkCache cache = open()) {
      assertThatThrownBy(() -> read(cache, 0))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("a fake source");
      assertThat(source.requests).hasSize(2);
      assertThat(counters.snapshot().failures()).isEqualTo(1);
      assertThat(counters.lastFailure()).isInstanceOf(CorruptException.class);
      source.damaged(false);
      assertThat(read(cache, 0)).isEqualTo(contents[0]);
      assertThat(source.requests).hasSize(3);
    }
  }

  @Test
  void failureOfTheSourceIsNotRemembered() throws IOException {
    source.failing(true);
    try (ChunkCache cache = open()) {
      assertThatThrownBy(() -> read(cache, 0)).hasMessage("the source fails");
      source.failing(false);
      assertThat(read(cache, 0)).isEqualTo(contents[0]);
    }
  }

  @Test
  void cacheThatCannotBeWrittenStillServes() throws IOException {
    // A folder in the place of the replica: root may write anything else.
    Files.createDirectories(replica());
    try (ChunkCache cache = open()) {
      assertThat(read(cache, 0)).isEqualTo(contents[0]);
      assertThat(read(cache, 0)).isEqualTo(contents[0]);
    }
    assertThat(source.requests).hasSize(1);
  }

  @Test
  void memoryIsBoundedAndTheDiskServesTheRest() throws IOException {
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), source), 1)) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < contents.length; i++) {
          assertThat(read(cache, i)).isEqualTo(contents[i]);
        }
      }
    }
    assertThat(source.requests).hasSize(contents.length);
  }

  /// A source that lets nobody through until it is opened.
  private final class Gate implements PackSource {
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    @Override
    public <T> T fetch(
        PackReference pack,
        long offset,
        int length,
        Urgency urgency,
        FetchCounters told,
        Check<T> check)
        throws IOException {
      arrived.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
      return source.fetch(pack, offset, length, urgency, told, check);
    }
  }

  private static ExecutorService threads(int count) {
    return Executors.newFixedThreadPool(
        count, Thread.ofPlatform().daemon().name("reader-", 0).factory());
  }

  @Test
  void chunksThatAreInMemoryAreReadWhileOthersAreWaitedFor() throws Exception {
    try (ChunkCache first = open()) {
      read(first, 0);
    }
    Gate gate = new Gate();
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), gate), MEMORY);
        ExecutorService threads = threads(1)) {
      Future<byte[]> slow = threads.submit(() -> read(cache, 1));
      gate.arrived.await();
      assertThat(read(cache, 0)).as("from the disk").isEqualTo(contents[0]);
      assertThat(read(cache, 0)).as("from memory").isEqualTo(contents[0]);
      gate.open.countDown();
      assertThat(slow.get()).isEqualTo(contents[1]);
    }
  }

  @Test
  void whoIsInterruptedWhileItLoadsDoesNotTakeTheOthersDown() throws Exception {
    Gate gate = new Gate();
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), gate), MEMORY);
        ExecutorService threads = threads(2)) {
      Future<byte[]> loading = threads.submit(() -> read(cache, 1));
      gate.arrived.await();
      Future<byte[]> waiting = threads.submit(() -> read(cache, 1));
      loading.cancel(true);
      gate.open.countDown();
      assertThat(waiting.get()).isEqualTo(contents[1]);
    }
  }

  @Test
  void whoWantsAChunkFromItsPackDoesNotFailWithAnotherPackThatIsGone() throws Exception {
    PackReference gone = new PackReference(Digest.of(new byte[1]), image.reference().size());
    source.remove(gone.digest());
    Gate gate = new Gate();
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), gate), MEMORY);
        ExecutorService threads = threads(1)) {
      Future<?> failing =
          threads.submit(() -> {
            cache.read(
                new ChunkPlace(image.chunks().get(1), gone),
                0,
                MemorySegment.ofArray(new byte[1]),
                counters);
            return true;
          });
      gate.arrived.await();
      FutureTask<byte[]> joining = new FutureTask<>(() -> read(cache, 1));
      Thread reader = Thread.ofPlatform().daemon().name("joining").start(joining);
      while (reader.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      gate.open.countDown();
      assertThat(joining.get()).isEqualTo(contents[1]);
      assertThatThrownBy(failing::get).hasRootCauseMessage("the pack is gone");
    }
  }

  /// A source that keeps those waiting, until it is opened, whom no process waits for.
  private final class SlowAhead implements PackSource {
    private final Gate gate = new Gate();
    private final AtomicInteger demands = new AtomicInteger();
    private volatile Duration slow;

    /// @param slow after which it says that a fetch takes longer than usual
    SlowAhead(Duration slow) {
      this.slow = slow;
    }

    @Override
    public <T> T fetch(
        PackReference pack,
        long offset,
        int length,
        Urgency urgency,
        FetchCounters told,
        Check<T> check)
        throws IOException {
      if (urgency == Urgency.ON_DEMAND) {
        demands.incrementAndGet();
        return source.fetch(pack, offset, length, urgency, told, check);
      }
      return gate.fetch(pack, offset, length, urgency, told, check);
    }

    @Override
    public long slowNanos(PackReference pack, int length) {
      return slow.toNanos();
    }
  }

  @Test
  void readerOvertakesWhoLoadsForNobodysImmediateNeed() throws Exception {
    SlowAhead slow = new SlowAhead(Duration.ofMillis(10));
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), slow), MEMORY)) {
      cache.begin(List.of(place(1)), Urgency.READ_AHEAD, counters);
      slow.gate.arrived.await();
      assertThat(read(cache, 1)).isEqualTo(contents[1]);
      assertThat(slow.demands).hasValue(1);
      slow.gate.open.countDown();
    }
  }

  /// A source that fails whoever comes to it first, once it is told to, and serves the others.
  private final class FailsFirst implements PackSource {
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch failing = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();

    @Override
    public <T> T fetch(
        PackReference pack,
        long offset,
        int length,
        Urgency urgency,
        FetchCounters told,
        Check<T> check)
        throws IOException {
      if (asked.getAndIncrement() > 0) {
        return source.fetch(pack, offset, length, urgency, told, check);
      }
      arrived.countDown();
      try {
        failing.await();
      } catch (InterruptedException e) {
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
      throw new IOException("the deadline is over");
    }

    @Override
    public long slowNanos(PackReference pack, int length) {
      return Duration.ofMinutes(1).toNanos();
    }
  }

  /// Reads chunk 1 on a thread of its own, which waits when this returns.
  private FutureTask<byte[]> waitingReader(ChunkCache cache) {
    FutureTask<byte[]> reading = new FutureTask<>(() -> read(cache, 1));
    Thread reader = Thread.ofPlatform().daemon().name("waiting").start(reading);
    while (reader.getState() != Thread.State.WAITING
        && reader.getState() != Thread.State.TIMED_WAITING) {
      assertThat(reader.getState()).isNotEqualTo(Thread.State.TERMINATED);
      Thread.onSpinWait();
    }
    return reading;
  }

  @Test
  void whoJoinsALoadHasTimeOfItsOwn() throws Exception {
    FailsFirst fails = new FailsFirst();
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), fails), MEMORY);
        ExecutorService threads = threads(1)) {
      Future<byte[]> first = threads.submit(() -> read(cache, 1));
      fails.arrived.await();
      FutureTask<byte[]> second = waitingReader(cache);
      fails.failing.countDown();
      assertThat(second.get()).isEqualTo(contents[1]);
      assertThatThrownBy(first::get).hasRootCauseMessage("the deadline is over");
    }
  }

  @Test
  void whatFailsForWhoIsInNoHurryIsTriedForWhoIs() throws Exception {
    FailsFirst fails = new FailsFirst();
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), fails), MEMORY)) {
      cache.begin(List.of(place(1)), Urgency.PREFETCH, counters);
      fails.arrived.await();
      FutureTask<byte[]> reader = waitingReader(cache);
      fails.failing.countDown();
      assertThat(reader.get()).isEqualTo(contents[1]);
      assertThat(fails.asked).hasValue(2);
    }
  }

  @Test
  void ofManyWhoOvertakeALoadOneLoads() throws Exception {
    SlowAhead slow = new SlowAhead(Duration.ofMillis(10));
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), slow), MEMORY);
        ExecutorService threads = threads(20)) {
      cache.begin(List.of(place(1)), Urgency.READ_AHEAD, counters);
      slow.gate.arrived.await();
      List<Future<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        reads.add(threads.submit(() -> read(cache, 1)));
      }
      for (Future<byte[]> read : reads) {
        assertThat(read.get()).isEqualTo(contents[1]);
      }
      assertThat(slow.demands).as("fetched once for all of them").hasValue(1);
      slow.gate.open.countDown();
    }
  }

  @Test
  void whatAnOvertakerBringsIsThereForThoseWhoStillWait() throws Exception {
    SlowAhead slow = new SlowAhead(Duration.ofMinutes(1));
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), slow), MEMORY)) {
      cache.begin(List.of(place(1)), Urgency.READ_AHEAD, counters);
      slow.gate.arrived.await();
      // As long as a reader waits at all, which is three seconds.
      long began = System.nanoTime();
      FutureTask<byte[]> patient = waitingReader(cache);
      slow.slow = Duration.ZERO;
      assertThat(read(cache, 1)).isEqualTo(contents[1]);
      assertThat(patient.get()).isEqualTo(contents[1]);
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .as("not its own three seconds")
          .isLessThan(Duration.ofMillis(2900));
      assertThat(slow.demands).hasValue(1);
      slow.gate.open.countDown();
    }
  }

  @Test
  void whatHasComeDuringAPauseIsNotFetchedAgain() throws Exception {
    try (ChunkCache cache = open()) {
      cache.begin(List.of(place(1), place(2)), Duration.ofSeconds(2), Urgency.READ_AHEAD, counters);
      assertThat(read(cache, 1)).isEqualTo(contents[1]);
      assertThat(source.requests).as("nothing is asked for in the pause").hasSize(1);
      while (!cache.isInMemory(place(2))) {
        Thread.onSpinWait();
      }
      assertThat(source.requests).as("the other one only").hasSize(2);
      assertThat(source.requests.getLast().length()).isEqualTo(image.chunks().get(2).stored());
    }
  }

  @Test
  void readerDoesNotOvertakeWhatTakesNoLongerThanUsual() throws Exception {
    SlowAhead slow = new SlowAhead(Duration.ofMinutes(1));
    try (ChunkCache cache = new ChunkCache(new PackCache(folder.resolve("packs"), slow), MEMORY);
        ExecutorService threads = threads(1)) {
      cache.begin(List.of(place(1)), Urgency.PREFETCH, counters);
      slow.gate.arrived.await();
      Future<byte[]> waiting = threads.submit(() -> read(cache, 1));
      assertThatThrownBy(() -> waiting.get(500, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      slow.gate.open.countDown();
      assertThat(waiting.get()).isEqualTo(contents[1]);
      assertThat(slow.demands).as("fetched once").hasValue(0);
    }
  }

  @Test
  void closingEndsWhatIsBeingLoadedAndNothingIsWrongInBetween() {
    Randomized.forSeeds(
        10,
        random -> {
          Gate gate = new Gate();
          boolean opened = random.nextBoolean();
          if (opened) {
            gate.open.countDown();
          }
          ChunkCache cache =
              new ChunkCache(
                  new PackCache(Files.createTempDirectory(folder, "packs"), gate), MEMORY);
          List<Future<Integer>> reads = new ArrayList<>();
          try (ExecutorService threads = threads(8)) {
            for (int i = 0; i < 8; i++) {
              reads.add(threads.submit(() -> readUntilClosed(cache)));
            }
            gate.arrived.await();
            cache.close();
            for (Future<Integer> read : reads) {
              assertThat(read.get() > 0).isIn(opened, false);
            }
          }
          assertThat(cache.residentBytes()).isZero();
        });
  }

  /// How often it read until the first error.
  private int readUntilClosed(ChunkCache cache) {
    for (int i = 0; ; i++) {
      byte[] content;
      try {
        content = read(cache, i % contents.length);
      } catch (IOException e) {
        return i;
      }
      assertThat(content).isEqualTo(contents[i % contents.length]);
    }
  }

  @Test
  void closedCacheAnswersWithAnErrorAndMayBeClosedAgain() throws IOException {
    ChunkCache cache = open();
    read(cache, 0);
    cache.close();
    cache.close();
    assertThatThrownBy(() -> read(cache, 1)).isInstanceOf(IOException.class);
  }
}
