package dev.sway.swayctl.explain;

import dev.sway.swayctl.explain.StartReport.Missed;
import dev.sway.swayctl.explain.StartReport.Phase;
import dev.sway.swayctl.explain.StartReport.Prefetch;
import dev.sway.swayctl.export.ByteSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What follows from the numbers of a start: one to three sentences, the most important first. A
/// sentence is said only where the numbers in it are large enough to matter.
final class Advice {
  private static final int MOST = 3;

  /// Of a run's time, from which on something matters.
  private static final double MATTERS = 0.1;

  /// Of a run's time, from which on a phase is what it was spent on.
  private static final double DOMINATES = 0.4;

  private static final Map<String, String> REMEDIES =
      Map.of(
          "resolve",
          "finding out what the image's name stands for; look at the way to the blob server",
          "mount",
          "mounting the image, for which its index is fetched; 'swayctl cache warm %s' fetches it"
              + " beforehand, and the next run finds the mount",
          "prepare",
          "preparing the container's root file system, or on a prefetch that the policy waits for",
          "runc",
          "creating the container; that depends on the machine, not on the image");

  private final StartReport report;
  private final List<String> sentences = new ArrayList<>();

  private Advice(StartReport report) {
    this.report = report;
  }

  /// `report` with advice.
  static StartReport on(StartReport report) {
    Advice advice = new Advice(report);
    advice.give();
    return new StartReport(
        report.run(),
        report.image(),
        report.manifest(),
        report.args(),
        report.started(),
        report.cold(),
        report.exitCode(),
        report.endMicros(),
        report.waitedMicros(),
        report.waitedInAllMicros(),
        report.bestMicros(),
        report.requests(),
        report.lost(),
        report.phases(),
        report.onDemand(),
        report.network(),
        report.prefetch(),
        report.missed(),
        report.longest(),
        advice.sentences.stream().limit(MOST).toList());
  }

  private void give() {
    if (report.exitCode() == -1) {
      say("The container did not end by itself: this shows what happened until then.");
    }
    prefetch(report.prefetch());
    Missed missed = report.missed();
    if (missed != null && missed.reads() > 0) {
      missed(missed);
    }
    report.phases().forEach(this::phase);
    if (report.lost() > 0) {
      say(
          "%d requests are not in the trace: there were too many, or a walk of a tree was spared them. More was used than is shown, and perhaps waited for."
              .formatted(report.lost()));
    }
    if (sentences.isEmpty()) {
      nothing();
    }
  }

  private void prefetch(Prefetch prefetch) {
    boolean waits = matters(report.waitedMicros());
    if (prefetch.profile().isEmpty() && waits && !prefetch.outcome().equals("earlier")) {
      say(
          prefetch.policy().equals("off")
              ? "Prefetch was off, as it always is for a recording: the run waited %s for files that a profile can bring before. Run it with prefetch."
                  .formatted(Show.time(report.waitedMicros()))
              : "There was no profile: the run waited %s for %d requests. What it asked for is one now: the first run of this on another mount, here or on another worker, has it before it asks."
                  .formatted(Show.time(report.waitedMicros()), report.requests()));
    }
    switch (prefetch.outcome()) {
      case "none", "earlier", "done" -> {}
      case "budget" ->
          say(
              "The prefetch ended at its budget after %s: the profile names more than is brought for a start."
                  .formatted(ByteSize.text(prefetch.fetchedBytes())));
      case "cancelled" ->
          say(
              "The run ended before the prefetch had: the profile wants more than this run needed.");
      default ->
          say(
              "The prefetch failed: %s. The run went on without it."
                  .formatted(Show.text(prefetch.outcome())));
    }
  }

  private void missed(Missed missed) {
    boolean behind = 2 * missed.whilePrefetching() > missed.reads();
    String what =
        "%d %s of %s went to a server, in %d %s"
            .formatted(
                missed.reads(),
                missed.reads() == 1 ? "read" : "reads",
                ByteSize.text(missed.readBytes()),
                missed.files(),
                missed.files() == 1 ? "file" : "files");
    say(
        behind
            ? "The program was ahead of the prefetch: %s, and waited %s, most of them before the prefetch had ended. The policy 'wait' lets the prefetch end first."
                .formatted(what, Show.time(missed.waitedMicros()))
            : "The profile missed something: %s, and waited %s. The worker adds them to the profile, so run it once more."
                .formatted(what, Show.time(missed.waitedMicros())));
  }

  private void phase(Phase phase) {
    String remedy = REMEDIES.get(phase.name());
    if (remedy != null && phase.micros() >= DOMINATES * report.endMicros() && phase.micros() > 0) {
      say(
          "%s of %s went into %s."
              .formatted(
                  Show.time(phase.micros()),
                  Show.time(report.endMicros()),
                  remedy.formatted(Show.text(report.image()))));
    }
  }

  private void nothing() {
    if (matters(report.waitedMicros())) {
      say(
          "The run waited %s of %s for what it asked for, none of it from a server: what is left is the worker's own disk and processor."
              .formatted(Show.time(report.waitedMicros()), Show.time(report.endMicros())));
    } else {
      say(
          "The run waited %s of %s for its files: to fetch them earlier cannot make it faster, the rest is the program's own time%s."
              .formatted(
                  Show.time(report.waitedMicros()),
                  Show.time(report.endMicros()),
                  report.cold() ? "" : " on a mount that was in use"));
    }
  }

  private boolean matters(long micros) {
    return micros > 0 && micros >= MATTERS * report.endMicros();
  }

  private void say(String sentence) {
    sentences.add(sentence);
  }
}
