package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.trace.Operation;
import dev.sway.lazyfsd.fixture.HookedView;
import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fixture.Transports;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class KernelFuseIT extends FuseConformance {
  @Override
  FuseTransport load() throws SwayException {
    return Transports.KERNEL.load();
  }

  @Override
  public boolean seesHoles() {
    return true;
  }

  @Override
  public boolean enforcesAccessLists() {
    return true;
  }

  @Override
  public int stuckReadersItBears() {
    return 60;
  }

  @Test
  void trimmedMountWaitsWithTwoThreadsAndServesManyReadersAgain() throws Exception {
    FuseMount mount = mount(specimenView(), "trimmed");
    for (int i = 0; i < 3; i++) {
      readAtOnce(mount);
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (threads("fuse-trimmed-") > 2) {
        assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
        // Who has answered the last reader is not back yet, perhaps.
        mount.trim();
      }
    }
    mount.close();
    mount.trim();
  }

  private static void readAtOnce(FuseMount mount) throws Exception {
    try (Readers readers = new Readers()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        long from = i * 4096L;
        all.add(
            readers.start(() -> {
              int fd = Posix.open(mount.point() + "/large", Posix.O_RDONLY | Posix.O_DIRECT);
              for (int k = 0; k < 50; k++) {
                assertThat(Posix.call("pread", fd, new byte[8192], 4096L, from).value())
                    .isPositive();
              }
              Posix.call("close", fd);
            }));
      }
      Readers.await(all);
    }
  }

  /// The ranges of `/large` that the kernel asked for, or was given unasked.
  private static final class Ranges implements AccessSink {
    private final List<Served> asked = new CopyOnWriteArrayList<>();
    private final List<Served> given = new CopyOnWriteArrayList<>();

    @Override
    public void served(Served request) {
      if (request.operation() == Operation.READ) {
        // Nobody has waited for what was given.
        (request.end() == request.begin() ? given : asked).add(request);
      }
    }

    private BitSet pages() {
      BitSet pages = new BitSet();
      for (List<Served> all : List.of(asked, given)) {
        for (Served one : all) {
          pages.set(
              (int) (one.offset() / Posix.PAGE),
              (int) Math.ceilDiv(one.offset() + one.length(), (long) Posix.PAGE));
        }
      }
      return pages;
    }
  }

  /// A mount in whose files the kernel does not read ahead.
  private FuseMount exactMount(ImageView view, Ranges ranges, String name) throws IOException {
    Path point = Files.createDirectories(folder().resolve(name));
    FuseMount mount = closedAfterTheTest(transport().mount(view, ranges, point, "sway:" + name));
    mount.readAhead(ReadAheadSize.NONE);
    return mount;
  }

  /// Reads the pages `first`, `first + step` and so on before `end`, and compares them.
  ///
  /// @param flags of open(2)
  private static void readPages(
      FuseMount mount, String name, byte[] content, int first, int step, int end, int flags) {
    MemorySegment wanted = MemorySegment.ofArray(content);
    int fd = Posix.open(mount.point().resolve(name).toString(), flags);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(Posix.PAGE, Posix.PAGE);
      long to = Math.min(wanted.byteSize(), (long) end * Posix.PAGE);
      for (long at = (long) first * Posix.PAGE; at < to; at += (long) step * Posix.PAGE) {
        long length = Math.min(Posix.PAGE, wanted.byteSize() - at);
        assertThat(Posix.call("pread", fd, page, (long) Posix.PAGE, at).ok()).isEqualTo(length);
        assertThat(page.asSlice(0, length).mismatch(wanted.asSlice(at, length)))
            .as("difference behind %s", at)
            .isEqualTo(-1);
      }
    } finally {
      Posix.call("close", fd);
    }
  }

  private int pages() {
    return specimen().large.length / Posix.PAGE;
  }

  /// The requests for `/large` of one who reads all of it so.
  private Ranges rangesOfLarge(String name, int first, int step, int flags) throws IOException {
    Ranges ranges = new Ranges();
    FuseMount mount = exactMount(specimenView(), ranges, name);
    readPages(mount, "large", specimen().large, first, step, pages(), flags);
    // What is noted is noted after the answer.
    mount.close();
    return ranges;
  }

  @Test
  void whoReadsPageByPageFromFrontToBackIsReadAheadOf() throws IOException {
    Ranges ranges = rangesOfLarge("run", 0, 1, Posix.O_RDONLY);
    assertThat(ranges.asked).as("requests").hasSizeLessThan(pages() / 8);
    // That is how a trace comes to know of all that was read.
    assertThat(ranges.pages().cardinality()).isEqualTo(pages());
  }

  @Test
  void whoReadsHereAndThereIsGivenWhatHeAsksFor() throws IOException {
    Ranges ranges = rangesOfLarge("here-and-there", 1, 2, Posix.O_RDONLY);
    assertThat(ranges.given).isEmpty();
    assertThat(ranges.asked).hasSize(pages() / 2);
  }

  @Test
  void whoReadsPastThePageCacheIsNotReadAheadOf() throws IOException {
    Ranges ranges = rangesOfLarge("direct", 0, 1, Posix.O_RDONLY | Posix.O_DIRECT);
    assertThat(ranges.given).isEmpty();
    assertThat(ranges.asked).hasSize(pages());
  }

  /// One push at a time: while code is not compiled yet, or the processors have other things to do,
  /// readers come to ask for pages that wait to be pushed. So the best of some rounds counts.
  @Test
  void manyReadersOfOneFileAtOnceAreReadAheadOf() throws Exception {
    int fewest = Integer.MAX_VALUE;
    for (int round = 0; round < 5 && fewest >= pages() / 2; round++) {
      Ranges ranges = rangesOfMany("many-" + round);
      assertThat(ranges.pages().cardinality()).isEqualTo(pages());
      fewest = Math.min(fewest, ranges.asked.size());
    }
    assertThat(fewest).as("requests").isLessThan(pages() / 2);
  }

  /// The requests for `/large` of sixteen who read a part of it each.
  private Ranges rangesOfMany(String name) throws Exception {
    Ranges ranges = new Ranges();
    FuseMount mount = exactMount(specimenView(), ranges, name);
    int part = pages() / 16;
    try (Readers readers = new Readers()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        int first = part * i;
        all.add(
            readers.start(() ->
                readPages(
                    mount, "large", specimen().large, first, 1, first + part, Posix.O_RDONLY)));
      }
      Readers.await(all);
    }
    mount.close();
    return ranges;
  }

  /// The requests for a file of this content by one who reads it from front to back.
  private Ranges rangesOf(String name, byte[] content) throws IOException {
    Ranges ranges = new Ranges();
    FuseMount mount =
        exactMount(view(new TestImage(folder()).file("/" + name, content)), ranges, name);
    readPages(mount, name, content, 0, 1, Integer.MAX_VALUE, Posix.O_RDONLY);
    mount.close();
    assertThat(ranges.pages().cardinality()).isEqualTo(Math.ceilDiv(content.length, Posix.PAGE));
    return ranges;
  }

  @Test
  void smallFileIsGivenWholeWithItsFirstPage() throws IOException {
    for (int size : new int[] {Posix.PAGE + 1, 20 * Posix.PAGE + 123, 32 * Posix.PAGE}) {
      assertThat(rangesOf("small-" + size, Randomized.bytes(new Random(size), size)).asked)
          .as("requests for %s bytes", size)
          .hasSize(1);
    }
  }

  @Test
  void whatMayBeReadHereAndThereIsNotGivenWithItsFirstPage() throws IOException {
    byte[] program = Randomized.bytes(new Random(4), 5 * Posix.PAGE);
    System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F'}, 0, program, 0, 4);
    assertThat(rangesOf("program", program).given).isEmpty();

    byte[] larger = Randomized.bytes(new Random(5), 32 * Posix.PAGE + 1);
    assertThat(rangesOf("larger", larger).given)
        .allMatch(one -> one.offset() >= 5 * Posix.PAGE)
        .isNotEmpty();
  }

  @Test
  void holesAndTheLastPageAreGivenToo() throws IOException {
    byte[] odd = Randomized.bytes(new Random(3), 40 * Posix.PAGE + 123);
    Ranges ranges = new Ranges();
    FuseMount mount = exactMount(view(new TestImage(folder()).file("/odd", odd)), ranges, "odd");
    readPages(mount, "odd", odd, 0, 1, Integer.MAX_VALUE, Posix.O_RDONLY);
    mount.close();
    assertThat(ranges.given).anyMatch(one -> one.offset() + one.length() == odd.length);

    Ranges holes = new Ranges();
    FuseMount second = exactMount(specimenView(), holes, "holes");
    readPages(second, "noise", specimen().noise, 0, 1, Integer.MAX_VALUE, Posix.O_RDONLY);
    second.close();
    assertThat(holes.given).isNotEmpty();
    assertThat(holes.pages().cardinality())
        .isEqualTo(Math.ceilDiv(specimen().noise.length, Posix.PAGE));
  }

  @Test
  void readsAreAnsweredWhateverReadingAheadRunsInto() throws IOException {
    HookedView view = specimenView();
    view.failPeeks(new OutOfMemoryError("as if"));
    Ranges ranges = new Ranges();
    FuseMount mount = exactMount(view, ranges, "failing");
    readPages(mount, "large", specimen().large, 0, 1, 100, Posix.O_RDONLY);
    mount.close();
    assertThat(ranges.given).isEmpty();
    assertThat(ranges.asked).hasSize(100);
  }

  @Test
  void quietMountIsGivenNothingUnasked() throws IOException {
    Ranges ranges = new Ranges();
    FuseMount mount = exactMount(specimenView(), ranges, "quiet");
    mount.beQuiet();
    readPages(mount, "large", specimen().large, 0, 1, 100, Posix.O_RDONLY);
    mount.close();
    assertThat(ranges.given).isEmpty();
  }

  @Test
  void whereTheKernelReadsAheadNothingIsPushed() throws IOException {
    Ranges ranges = new Ranges();
    Path point = Files.createDirectories(folder().resolve("large-windows"));
    FuseMount mount =
        closedAfterTheTest(transport().mount(specimenView(), ranges, point, "sway:large-windows"));
    readPages(mount, "large", specimen().large, 0, 1, pages(), Posix.O_RDONLY);
    mount.close();
    assertThat(ranges.given).isEmpty();
  }

  private static long threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .count();
  }
}
