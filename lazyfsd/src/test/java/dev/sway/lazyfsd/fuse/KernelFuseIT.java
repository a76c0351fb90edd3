package dev.sway.lazyfsd.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.trace.Operation;
import dev.sway.lazyfsd.fixture.Posix;
import dev.sway.lazyfsd.fixture.Transports;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
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
  private Path exactMount(Ranges ranges, String name) throws IOException {
    Path point = Files.createDirectories(folder().resolve(name));
    FuseMount mount =
        closedAfterTheTest(transport().mount(specimenView(), ranges, point, "sway:" + name));
    mount.readAhead(ReadAheadSize.NONE);
    return point.resolve("large");
  }

  /// Reads the pages `first`, `first + step` and so on, and compares them.
  ///
  /// @param flags of open(2)
  private void readPages(Path file, int first, int step, int flags) {
    MemorySegment large = MemorySegment.ofArray(specimen().large);
    int fd = Posix.open(file.toString(), flags);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(Posix.PAGE, Posix.PAGE);
      for (long at = (long) first * Posix.PAGE;
          at < large.byteSize();
          at += (long) step * Posix.PAGE) {
        assertThat(Posix.call("pread", fd, page, (long) Posix.PAGE, at).ok()).isEqualTo(Posix.PAGE);
        assertThat(page.mismatch(large.asSlice(at, Posix.PAGE)))
            .as("difference behind %s", at)
            .isEqualTo(-1);
      }
    } finally {
      Posix.call("close", fd);
    }
  }

  @Test
  void whoReadsPageByPageFromFrontToBackIsReadAheadOf() throws IOException {
    Ranges ranges = new Ranges();
    readPages(exactMount(ranges, "run"), 0, 1, Posix.O_RDONLY);
    int pages = specimen().large.length / Posix.PAGE;
    assertThat(ranges.asked).as("requests").hasSizeLessThan(pages / 4);
    // That is how a trace comes to know of all that was read.
    assertThat(ranges.pages().cardinality()).isEqualTo(pages);
  }

  @Test
  void whoReadsHereAndThereIsGivenWhatHeAsksFor() throws IOException {
    Ranges ranges = new Ranges();
    readPages(exactMount(ranges, "here-and-there"), 1, 2, Posix.O_RDONLY);
    assertThat(ranges.given).isEmpty();
    assertThat(ranges.pages().cardinality()).isEqualTo(specimen().large.length / Posix.PAGE / 2);
  }

  @Test
  void whoReadsPastThePageCacheIsNotReadAheadOf() throws IOException {
    Ranges ranges = new Ranges();
    readPages(exactMount(ranges, "direct"), 0, 1, Posix.O_RDONLY | Posix.O_DIRECT);
    assertThat(ranges.given).isEmpty();
    assertThat(ranges.asked).hasSize(specimen().large.length / Posix.PAGE);
  }

  @Test
  void manyReadersOfOneFileAtOnceAreReadAheadOf() throws Exception {
    Ranges ranges = new Ranges();
    Path file = exactMount(ranges, "many");
    try (Readers readers = new Readers()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        int first = 50 * i;
        all.add(readers.start(() -> readPages(file, first, 1, Posix.O_RDONLY)));
      }
      Readers.await(all);
    }
    assertThat(ranges.asked).hasSizeLessThan(specimen().large.length / Posix.PAGE / 2);
  }

  private static long threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .count();
  }
}
