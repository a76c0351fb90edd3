package dev.sway.swayctl.explain;

import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceFormat;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.swayctl.explain.Intervals.Interval;
import dev.sway.swayctl.explain.StartReport.Blocked;
import dev.sway.swayctl.explain.StartReport.Missed;
import dev.sway.swayctl.explain.StartReport.Network;
import dev.sway.swayctl.explain.StartReport.OnDemand;
import dev.sway.swayctl.explain.StartReport.Phase;
import dev.sway.swayctl.explain.StartReport.Prefetch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Makes a [StartReport] of a trace. Only what happened from the request for the run until the
/// container's end counts as waiting.
public final class StartAnalysis {
  private static final int LONGEST = 10;

  /// The phases that follow one another, by the marks that end them.
  private static final Map<Mark, String> PHASES = phases();

  private final Trace trace;
  private final long end;
  private final Intervals waits;

  private StartAnalysis(Trace trace) {
    this.trace = trace;
    this.end = end(trace);
    this.waits = waits(_ -> true);
  }

  private static Map<Mark, String> phases() {
    Map<Mark, String> phases = new LinkedHashMap<>();
    phases.put(Mark.RESOLVED, "resolve");
    phases.put(Mark.MOUNTED, "mount");
    phases.put(Mark.RUNC_STARTED, "prepare");
    phases.put(Mark.CONTAINER_STARTED, "runc");
    phases.put(Mark.FIRST_OUTPUT, "first output");
    phases.put(Mark.EXITED, "exit");
    phases.put(Mark.CLEARED, "clear");
    return phases;
  }

  /// The report on `trace`.
  public static StartReport of(Trace trace) {
    StartReport report = new StartAnalysis(trace).report();
    return Advice.on(report);
  }

  private static long end(Trace trace) {
    Long exited = trace.header().marks().get(Mark.EXITED);
    if (exited != null) {
      return exited;
    }
    long last =
        trace.header().marks().values().stream().mapToLong(micros -> micros).max().orElse(0);
    for (Access access : trace.accesses()) {
      last = Math.max(last, access.micros() + access.waitMicros());
    }
    return last;
  }

  private StartReport report() {
    TraceHeader header = trace.header();
    long waited = waits.within(0, end);
    return new StartReport(
        header.run(),
        header.image(),
        header.manifest().toString(),
        header.args(),
        header.started().toString(),
        header.cold(),
        header.exitCode(),
        end,
        waited,
        trace.accesses().stream().mapToLong(access -> clipped(access).micros()).sum(),
        end - waited,
        trace.accesses().size(),
        header.lost(),
        timeline(),
        onDemand(),
        new Network(header.requests(), header.fetchedBytes(), header.packBytes()),
        prefetch(header.prefetch()),
        missed(),
        longest(),
        List.of());
  }

  /// The part of an access's wait that counts.
  private record Wait(long from, long to) {
    long micros() {
      return to - from;
    }
  }

  private Wait clipped(Access access) {
    long from = Math.clamp(access.micros(), 0, end);
    return new Wait(from, Math.clamp(access.micros() + access.waitMicros(), from, end));
  }

  private Intervals waits(Predicate<Access> wanted) {
    return new Intervals(
        trace.accesses().stream()
            .filter(wanted)
            .map(this::clipped)
            .map(wait -> new Interval(wait.from(), wait.to()))
            .toList());
  }

  private List<Phase> timeline() {
    Map<Mark, Long> marks = trace.header().marks();
    List<Phase> timeline = new ArrayList<>();
    long from = 0;
    for (Map.Entry<Mark, String> phase : PHASES.entrySet()) {
      Long mark = marks.get(phase.getKey());
      if (mark != null) {
        long to = Math.max(from, mark);
        timeline.add(new Phase(phase.getValue(), from, to, waits.within(from, to)));
        from = to;
      }
    }
    Long begun = marks.get(Mark.PREFETCH_BEGUN);
    if (begun != null) {
      long to = Math.max(begun, Objects.requireNonNullElse(marks.get(Mark.PREFETCH_ENDED), end));
      timeline.add(new Phase(StartReport.PREFETCH, begun, to, waits.within(begun, to)));
    }
    return timeline;
  }

  private List<OnDemand> onDemand() {
    List<OnDemand> places = new ArrayList<>();
    for (ServedFrom from : ServedFrom.values()) {
      int requests = 0;
      int reads = 0;
      long bytes = 0;
      long waited = 0;
      for (Access access : trace.accesses()) {
        if (access.from() == from) {
          requests++;
          reads += isRead(access) ? 1 : 0;
          bytes += isRead(access) ? access.length() : 0;
          waited += clipped(access).micros();
        }
      }
      places.add(new OnDemand(TraceFormat.word(from), requests, reads, bytes, waited));
    }
    return places;
  }

  private static boolean isRead(Access access) {
    return access.operation() == Operation.READ && !access.failed();
  }

  private static Prefetch prefetch(PrefetchSummary prefetch) {
    return new Prefetch(
        prefetch.policy(),
        prefetch.profile(),
        prefetch.origin(),
        prefetch.chunks(),
        prefetch.segments(),
        prefetch.fetchedBytes(),
        prefetch.pushedBytes(),
        prefetch.outcome());
  }

  private @Nullable Missed missed() {
    if (trace.header().prefetch().profile().isEmpty()) {
      return null;
    }
    Predicate<Access> isMissed = access -> isRead(access) && access.from() == ServedFrom.SOURCE;
    long ended =
        Objects.requireNonNullElse(trace.header().marks().get(Mark.PREFETCH_ENDED), Long.MAX_VALUE);
    Map<String, Long> files = new LinkedHashMap<>();
    int reads = 0;
    int early = 0;
    long bytes = 0;
    for (Access access : trace.accesses().stream().filter(isMissed).toList()) {
      files.merge(access.path(), clipped(access).micros(), Long::sum);
      reads++;
      early += access.micros() < ended ? 1 : 0;
      bytes += access.length();
    }
    List<String> slowest =
        files.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
            .limit(LONGEST)
            .map(Map.Entry::getKey)
            .toList();
    return new Missed(files.size(), reads, bytes, waits(isMissed).within(0, end), early, slowest);
  }

  private List<Blocked> longest() {
    return trace.accesses().stream()
        .filter(access -> access.waitMicros() > 0)
        .sorted(Comparator.comparingLong(Access::waitMicros).reversed())
        .limit(LONGEST)
        .map(access ->
            new Blocked(
                access.micros(),
                access.waitMicros(),
                TraceFormat.word(access.from()),
                TraceFormat.word(access.operation()),
                access.process(),
                access.program(),
                access.path(),
                access.offset(),
                access.length(),
                access.failed()))
        .toList();
  }
}
