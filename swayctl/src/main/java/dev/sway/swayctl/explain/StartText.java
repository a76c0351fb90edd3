package dev.sway.swayctl.explain;

import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.swayctl.explain.StartReport.Blocked;
import dev.sway.swayctl.explain.StartReport.Missed;
import dev.sway.swayctl.explain.StartReport.OnDemand;
import dev.sway.swayctl.explain.StartReport.Phase;
import dev.sway.swayctl.explain.StartReport.Prefetch;
import dev.sway.swayctl.export.ByteSize;
import java.util.ArrayList;
import java.util.List;

/// A [StartReport] for people, whatever is in it: control characters are escaped.
public final class StartText {
  private final StartReport report;
  private final List<String> lines = new ArrayList<>();

  private StartText(StartReport report) {
    this.report = report;
  }

  /// The lines of `report`.
  public static List<String> lines(StartReport report) {
    StartText text = new StartText(report);
    text.head();
    text.timeline();
    text.onDemand();
    text.broughtAhead();
    text.longest();
    text.advice();
    return text.lines;
  }

  private void head() {
    line(
        "run %s of %s, %s: %s"
            .formatted(
                Show.text(report.run()),
                Show.text(report.image()),
                report.cold() ? "mounted for it" : "on a mount that was in use",
                Show.text(String.join(" ", report.args()))));
    line(
        (report.exitCode() == -1
                ? "did not end by itself; %s are known"
                : "ended after %s with exit code " + report.exitCode())
            .formatted(Show.time(report.endMicros())));
    line(
        "waited %s (%s) for what it asked for; without that: %s, the best possible"
            .formatted(
                Show.time(report.waitedMicros()),
                Show.percent(report.waitedMicros(), report.endMicros()),
                Show.time(report.bestMicros())));
  }

  private void timeline() {
    line("");
    line("%-14s %10s %10s %10s %10s".formatted("TIMELINE", "FROM", "TO", "TAKES", "WAITED"));
    for (Phase phase : report.phases()) {
      line(
          "%-14s %10s %10s %10s %10s"
              .formatted(
                  phase.name(),
                  Show.time(phase.fromMicros()),
                  Show.time(phase.toMicros()),
                  Show.time(phase.micros()),
                  Show.time(phase.waitedMicros())));
    }
  }

  private void onDemand() {
    line("");
    line(
        "%-14s %10s %10s %10s %10s"
            .formatted("ASKED, FROM", "REQUESTS", "READS", "BYTES", "WAITED"));
    for (OnDemand place : report.onDemand()) {
      line(
          "%-14s %10d %10d %10s %10s"
              .formatted(
                  place.from(),
                  place.requests(),
                  place.reads(),
                  ByteSize.text(place.readBytes()),
                  Show.time(place.waitedInAllMicros())));
    }
    line("");
    line(
        "from servers: %s of the image's %s, in %d requests"
            .formatted(
                ByteSize.text(report.network().fetchedBytes()),
                ByteSize.text(report.network().packBytes()),
                report.network().requests()));
  }

  /// Why an image without a profile was fetched whole.
  private String whole(Prefetch prefetch) {
    return "%s, without a profile (policy %s): the whole image, %s in packs, which takes no longer than the round trips that a start makes one after another; %s fetched for %d chunks"
        .formatted(
            Show.text(prefetch.outcome()),
            Show.text(prefetch.policy()),
            ByteSize.text(report.network().packBytes()),
            ByteSize.text(prefetch.fetchedBytes()),
            prefetch.chunks());
  }

  /// What a profile's bytes came in.
  private static String pieces(Prefetch prefetch) {
    long chunks = prefetch.chunks() - prefetch.segments();
    if (prefetch.segments() == 0) {
      return "%d chunks".formatted(chunks);
    }
    String segments = "%d segments of the hot pack".formatted(prefetch.segments());
    return chunks == 0 ? segments : "%s and %d chunks".formatted(segments, chunks);
  }

  private void broughtAhead() {
    Prefetch prefetch = report.prefetch();
    line(
        "prefetch: %s"
            .formatted(
                prefetch.origin().equals(PrefetchSummary.WHOLE_IMAGE)
                    ? whole(prefetch)
                    : prefetch.profile().isEmpty()
                        ? "none, %s (policy %s)"
                            .formatted(
                                prefetch.outcome().equals("earlier")
                                    ? "an earlier run on this mount has had it"
                                    : "there was no profile, and the image was not fetched whole",
                                Show.text(prefetch.policy()))
                        : "%s, by a profile from %s (policy %s): %s fetched for %s, %s pushed into the page cache"
                            .formatted(
                                Show.text(prefetch.outcome()),
                                prefetch.origin().isEmpty()
                                    ? "somewhere"
                                    : "the " + Show.text(prefetch.origin()),
                                Show.text(prefetch.policy()),
                                ByteSize.text(prefetch.fetchedBytes()),
                                pieces(prefetch),
                                ByteSize.text(prefetch.pushedBytes()))));
    Missed missed = report.missed();
    if (missed != null) {
      line(
          "from a server all the same: %d files, %d reads of %s (%d before the prefetch had ended), waited %s"
              .formatted(
                  missed.files(),
                  missed.reads(),
                  ByteSize.text(missed.readBytes()),
                  missed.whilePrefetching(),
                  Show.time(missed.waitedMicros())));
      missed.paths().forEach(path -> line("  %s".formatted(Show.text(path))));
    }
  }

  private void longest() {
    line("");
    if (report.longest().isEmpty()) {
      line("Nothing in the trace waited.");
      return;
    }
    line(
        "%10s %10s  %-6s %-9s %-22s %s"
            .formatted("WAITED", "AT", "FROM", "OP", "PROGRAM", "PATH, RANGE"));
    for (Blocked blocked : report.longest()) {
      String range = Show.range(blocked.operation(), blocked.offset(), blocked.length());
      line(
          "%10s %10s  %-6s %-9s %-22s %s%s"
              .formatted(
                  Show.time(blocked.waitMicros()),
                  Show.time(blocked.micros()),
                  blocked.from(),
                  blocked.operation(),
                  program(blocked),
                  Show.text(blocked.path()),
                  (range.isEmpty() ? "" : " " + range) + (blocked.failed() ? " failed" : "")));
    }
  }

  private static String program(Blocked blocked) {
    return blocked.process() == 0
        ? "the kernel"
        : "%s %d".formatted(Show.text(blocked.program()), blocked.process());
  }

  private void advice() {
    line("");
    report.advice().forEach(sentence -> line("=> %s".formatted(sentence)));
  }

  private void line(String line) {
    lines.add(line);
  }
}
