package dev.sway.lazyfsd.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunRecordingTest {
  private static final long MILLI = 1_000_000;

  /// A thread of which nothing is known.
  private static final int GONE = Integer.MAX_VALUE;

  private final AccessLog log = new AccessLog();
  private final RunRecording recording = new RunRecording("0123456789ab", log, true, 0);

  private void read(long inode, long offset, int thread, long begin) {
    log.served(Served.read(inode, offset, 4096, thread, begin, begin + 1, ServedFrom.MEMORY));
  }

  private Trace trace(FixedView view) throws IOException {
    TraceHeader header =
        new TraceHeader(
            "0123456789ab",
            "app",
            Digest.of(new byte[0]),
            CommandKey.ofCommand(List.of("app")),
            List.of("app"),
            Instant.EPOCH,
            true,
            0,
            recording.lost(),
            0,
            0,
            0,
            PrefetchSummary.none("off"),
            Map.of());
    return recording.trace(header, view.view());
  }

  private static FixedView view(Path folder) throws IOException {
    return new FixedView(new TestImage(folder).file("/file", "content"), folder);
  }

  private static long inode(FixedView view) throws IOException {
    return view.view().lookup(ImageView.ROOT, ByteName.of("file"));
  }

  @Test
  void thereMayBeNoMarksYet() {
    assertThat(recording.marks()).isEmpty();
  }

  @Test
  void theFirstOfTwoMarksCountsAndNoOutputComesAfterTheEnd() {
    recording.mark(Mark.EXITED, Duration.ofMillis(7));
    recording.mark(Mark.EXITED, Duration.ofMillis(8));
    recording.mark(Mark.FIRST_OUTPUT, Duration.ofMillis(9));
    assertThat(recording.marks())
        .containsEntry(Mark.EXITED, 7000L)
        .containsEntry(Mark.FIRST_OUTPUT, 7000L);
  }

  @Test
  void ofMoreThanFitsTheBeginningIsKept(@TempDir Path folder) throws IOException {
    try (FixedView view = view(folder)) {
      long inode = inode(view);
      int all = 3 * AccessLog.ENTRIES + 5;
      for (int i = 0; i < all; i++) {
        read(inode, i * 4096L, GONE, i * MILLI);
      }
      Trace trace = trace(view);
      assertThat(trace.accesses()).hasSize(AccessLog.ENTRIES);
      assertThat(trace.accesses().getFirst().offset()).isZero();
      assertThat(trace.accesses().getLast().offset()).isEqualTo((AccessLog.ENTRIES - 1) * 4096L);
      assertThat(trace.header().lost()).isEqualTo(all - AccessLog.ENTRIES);
    }
  }

  @Test
  void itSaysOnceThatItIsHalfFullBeforeItIsFull() {
    AtomicInteger told = new AtomicInteger();
    recording.whenHalfFull(told::incrementAndGet);
    List<Integer> toldAt = new ArrayList<>();
    for (int i = 0; i < 2 * AccessLog.ENTRIES; i++) {
      read(1, i * 4096L, GONE, i * MILLI);
      if (told.get() > toldAt.size()) {
        toldAt.add(i);
      }
    }
    assertThat(toldAt)
        .singleElement()
        .satisfies(at -> {
          assertThat(at).isBetween(AccessLog.ENTRIES / 4, 3 * AccessLog.ENTRIES / 4);
        });
  }

  @Test
  void whatComesAfterTheEndIsNotItsOwn(@TempDir Path folder) throws IOException {
    try (FixedView view = view(folder)) {
      read(inode(view), 0, GONE, MILLI);
      recording.stop();
      for (int i = 0; i < 2 * AccessLog.ENTRIES; i++) {
        read(inode(view), 4096, GONE, 2 * MILLI);
      }
      Trace trace = trace(view);
      assertThat(trace.accesses()).extracting(Access::offset).containsExactly(0L);
      assertThat(trace.header().lost()).isZero();
    }
  }

  @Test
  void whoIsInNoContainerCountsUntilTheContainerRuns(@TempDir Path folder) throws IOException {
    int me = (int) ProcessHandle.current().pid();
    try (FixedView view = view(folder)) {
      long inode = inode(view);
      read(inode, 0, me, MILLI);
      read(inode, 4096, me, 500 * MILLI);
      read(inode, 8192, GONE, 500 * MILLI);
      assertThat(trace(view).accesses())
          .as("it does not run yet")
          .extracting(Access::offset)
          .containsExactly(0L, 4096L, 8192L);
      recording.mark(Mark.CONTAINER_STARTED, Duration.ofMillis(100));
      assertThat(trace(view).accesses()).extracting(Access::offset).containsExactly(0L, 8192L);
    }
  }
}
