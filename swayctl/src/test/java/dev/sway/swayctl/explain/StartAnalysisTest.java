package dev.sway.swayctl.explain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.CommandKey;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.swayctl.explain.StartReport.Blocked;
import dev.sway.swayctl.explain.StartReport.Missed;
import dev.sway.swayctl.explain.StartReport.OnDemand;
import dev.sway.swayctl.explain.StartReport.Phase;
import java.io.StringReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

final class StartAnalysisTest {
  private static final Map<Mark, Long> MARKS =
      Map.of(Mark.RESOLVED, 10_000L, Mark.MOUNTED, 100_000L, Mark.EXITED, 1_000_000L);
  private static final PrefetchSummary NONE = PrefetchSummary.none("overlap");

  private static Access read(long micros, long wait, ServedFrom from, String path) {
    return new Access(micros, Operation.READ, 5, path, 0, 1000, 7, "python3", wait, from, false);
  }

  private static Trace trace(
      Map<Mark, Long> marks, PrefetchSummary prefetch, int exitCode, Access... accesses) {
    Digest digest = Digest.of(new byte[0]);
    return new Trace(
        new TraceHeader(
            "r1",
            "app:1",
            digest,
            new CommandKey(digest),
            List.of("a", "b"),
            Instant.EPOCH,
            true,
            exitCode,
            0,
            3_000,
            4,
            9_000,
            prefetch,
            marks),
        List.of(accesses));
  }

  private static PrefetchSummary prefetched(String outcome) {
    return new PrefetchSummary("overlap", "sha256:00", "blobd", 3, 0, 2_000, 1_000, outcome);
  }

  private static StartReport report(Trace trace) {
    return StartAnalysis.of(trace);
  }

  @Test
  void waitsThatOverlapCountOnce() {
    StartReport report =
        report(
            trace(
                MARKS,
                NONE,
                0,
                read(200_000, 100_000, ServedFrom.SOURCE, "/a"),
                read(250_000, 100_000, ServedFrom.SOURCE, "/b"),
                read(260_000, 10, ServedFrom.MEMORY, "/c"),
                read(500_000, 50_000, ServedFrom.DISK, "/d")));

    assertThat(report.endMicros()).isEqualTo(1_000_000);
    assertThat(report.waitedMicros()).isEqualTo(200_000);
    assertThat(report.waitedInAllMicros()).isEqualTo(250_010);
    assertThat(report.bestMicros()).isEqualTo(800_000);
    assertThat(report.onDemand())
        .containsExactly(
            new OnDemand("index", 0, 0, 0, 0),
            new OnDemand("memory", 1, 1, 1000, 10),
            new OnDemand("disk", 1, 1, 1000, 50_000),
            new OnDemand("source", 2, 2, 2000, 200_000));
    assertThat(report.longest().stream().map(Blocked::path))
        .containsExactly("/a", "/b", "/d", "/c");
  }

  @Test
  void whatIsOutsideOfTheRunDoesNotCount() {
    StartReport report =
        report(
            trace(
                MARKS,
                NONE,
                0,
                read(-500, 600, ServedFrom.SOURCE, "/before"),
                read(999_900, 5_000, ServedFrom.SOURCE, "/after"),
                read(2_000_000, 5_000, ServedFrom.SOURCE, "/later"),
                read(1L << 53, 1L << 53, ServedFrom.SOURCE, "/never")));

    assertThat(report.waitedMicros()).isEqualTo(200);
    assertThat(report.waitedInAllMicros()).isEqualTo(200);
  }

  @Test
  void phasesFollowOneAnotherAndThePrefetchIsBesideThem() {
    Map<Mark, Long> marks =
        Map.of(
            Mark.RESOLVED, 10L,
            Mark.MOUNTED, 30L,
            Mark.PREFETCH_BEGUN, 20L,
            Mark.RUNC_STARTED, 25L,
            Mark.FIRST_OUTPUT, 90L,
            Mark.EXITED, 100L,
            Mark.CLEARED, 120L);

    assertThat(report(trace(marks, NONE, 0, read(80, 15, ServedFrom.DISK, "/x"))).phases())
        .containsExactly(
            new Phase("resolve", 0, 10, 0),
            new Phase("mount", 10, 30, 0),
            new Phase("prepare", 30, 30, 0),
            new Phase("first output", 30, 90, 10),
            new Phase("exit", 90, 100, 5),
            new Phase("clear", 100, 120, 0),
            new Phase("prefetch", 20, 100, 15));
  }

  @Test
  void aRunWithoutAProfileIsToRunAgain() {
    StartReport report =
        report(trace(MARKS, NONE, 0, read(200_000, 300_000, ServedFrom.SOURCE, "/a")));

    assertThat(report.missed()).isNull();
    assertThat(report.advice())
        .singleElement()
        .asString()
        .contains("There was no profile", "300.0 ms", "the first run of this on another mount");
    assertThat(
            report(
                    trace(
                        MARKS,
                        PrefetchSummary.none("off"),
                        0,
                        read(200_000, 300_000, ServedFrom.SOURCE, "/a")))
                .advice())
        .singleElement()
        .asString()
        .contains("Prefetch was off");
  }

  @Test
  void whatAProfileMissedIsCounted() {
    StartReport report =
        report(
            trace(
                MARKS,
                prefetched("done"),
                0,
                read(200_000, 30_000, ServedFrom.SOURCE, "/a"),
                read(220_000, 30_000, ServedFrom.SOURCE, "/b"),
                read(300_000, 5_000, ServedFrom.SOURCE, "/b"),
                read(400_000, 5_000, ServedFrom.DISK, "/c")));

    assertThat(report.missed()).isEqualTo(new Missed(2, 3, 3_000, 55_000, 3, List.of("/b", "/a")));
    assertThat(report.advice()).first().asString().contains("ahead of the prefetch", "in 2 files");
    assertThat(StartText.lines(report))
        .contains(
            "from a server all the same: 2 files, 3 reads of 3.0 kB (3 before the prefetch had ended), waited 55.0 ms");
  }

  @Test
  void whatIsMissedAfterThePrefetchIsTheProfilesFault() {
    Map<Mark, Long> marks =
        Map.of(Mark.PREFETCH_BEGUN, 0L, Mark.PREFETCH_ENDED, 100_000L, Mark.EXITED, 1_000_000L);

    assertThat(
            report(
                    trace(
                        marks,
                        prefetched("done"),
                        0,
                        read(200_000, 30_000, ServedFrom.SOURCE, "/a")))
                .advice())
        .first()
        .asString()
        .contains("The profile missed something: 1 read of 1.0 kB", "in 1 file,");
  }

  @Test
  void eachReasonHasItsSentence() {
    assertThat(report(trace(MARKS, prefetched("budget"), 0)).advice())
        .first()
        .asString()
        .contains("at its budget after 2.0 kB");
    assertThat(report(trace(MARKS, prefetched("cancelled"), 0)).advice())
        .first()
        .asString()
        .contains("ended before the prefetch had");
    assertThat(report(trace(MARKS, prefetched("no \u001b[31mserver"), 0)).advice())
        .first()
        .asString()
        .contains("The prefetch failed: no \\x1b[31mserver");
    assertThat(report(trace(Map.of(Mark.MOUNTED, 600L, Mark.EXITED, 1_000L), NONE, 0)).advice())
        .singleElement()
        .asString()
        .contains("0.6 ms of 1.0 ms went into mounting", "swayctl cache warm app:1");
    assertThat(report(trace(MARKS, NONE, -1)).advice())
        .first()
        .asString()
        .contains("did not end by itself");
    assertThat(report(trace(MARKS, NONE, 0)).advice())
        .singleElement()
        .asString()
        .contains("cannot make it faster");
  }

  @Test
  void anEmptyTraceIsExplainedToo() throws Exception {
    Trace trace = trace(Map.of(), NONE, 0);
    StartReport report = report(trace);

    assertThat(report.endMicros()).isZero();
    assertThat(StartText.lines(report)).contains("Nothing in the trace waited.");
    assertThat(report.advice()).isNotEmpty();
    parsed(StartPicture.of(trace, report));
  }

  @Test
  void textAndPictureObeyNobody() throws Exception {
    String hostile = "/<script>\u001b]0;x\u0007&\"'\uffff\ud83d\ude00";
    Access access =
        new Access(5, Operation.READ, 1, hostile, 0, 9, 3, "<b>\u001b", 9, ServedFrom.SOURCE, true);
    Trace trace = trace(MARKS, prefetched(hostile), 0, access);
    StartReport report = report(trace);

    assertThat(String.join("\n", StartText.lines(report))).doesNotContain("\u001b", "\u0007");
    assertThat(TraceRow.of(access).text()).doesNotContain("\u001b", "\u0007");
    Document picture = parsed(StartPicture.of(trace, report));
    assertThat(picture.getElementsByTagName("script").getLength()).isZero();
    assertThat(picture.getDocumentElement().getTextContent()).contains("<script>");
  }

  /// However long a trace is, its picture stays small; and its rows are within it.
  @Test
  void thePictureOfALongTraceIsSmall() throws Exception {
    Random random = new Random(3);
    List<Access> accesses = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      accesses.add(
          read(
              random.nextInt(1_100_000) - 50_000,
              random.nextInt(200),
              random.nextBoolean() ? ServedFrom.SOURCE : ServedFrom.DISK,
              "/" + "x".repeat(random.nextInt(1000))));
    }
    Trace trace = trace(MARKS, NONE, 0, accesses.toArray(Access[]::new));

    String picture = StartPicture.of(trace, report(trace));

    assertThat(picture.length()).isLessThan(1 << 19);
    Document document = parsed(picture);
    int height = Integer.parseInt(document.getDocumentElement().getAttribute("height"));
    var rectangles = document.getElementsByTagName("rect");
    for (int i = 1; i < rectangles.getLength(); i++) {
      var attributes = rectangles.item(i).getAttributes();
      int x = Integer.parseInt(attributes.getNamedItem("x").getNodeValue());
      int width = Integer.parseInt(attributes.getNamedItem("width").getNodeValue());
      int y = Integer.parseInt(attributes.getNamedItem("y").getNodeValue());
      assertThat(x).isBetween(120, 1000);
      assertThat(x + width).isBetween(120, 1000);
      assertThat(y).isBetween(0, height);
    }
  }

  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static String broughtAhead(long chunks, long segments) {
    PrefetchSummary prefetch =
        new PrefetchSummary(
            "overlap", "sha256:00", "blobd", chunks, segments, 2_000, 1_000, "done");
    StartReport report = report(trace(MARKS, prefetch, 0));
    assertThat(report.prefetch().chunks()).isEqualTo(chunks);
    assertThat(report.prefetch().segments()).isEqualTo(segments);
    return StartText.lines(report).stream()
        .filter(line -> line.startsWith("prefetch: "))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatAPrefetchBroughtIsCalledWhatItIs() {
    assertThat(broughtAhead(53, 0)).contains(": 2.0 kB fetched for 53 chunks, 1.0 kB pushed");
    assertThat(broughtAhead(53, 48))
        .contains(": 2.0 kB fetched for 48 segments of the hot pack and 5 chunks, 1.0 kB pushed");
    assertThat(broughtAhead(48, 48))
        .contains(": 2.0 kB fetched for 48 segments of the hot pack, 1.0 kB pushed");
  }
}
