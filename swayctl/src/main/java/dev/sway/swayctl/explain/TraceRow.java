package dev.sway.swayctl.explain;

import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Mark;
import dev.sway.formats.trace.PrefetchSummary;
import dev.sway.formats.trace.TraceFormat;
import dev.sway.formats.trace.TraceHeader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One access as a line of a table, and as JSON.
public record TraceRow(
    long micros,
    long waitMicros,
    String operation,
    String from,
    int process,
    String program,
    String path,
    long inode,
    long offset,
    int length,
    boolean failed) {
  private static final String LINE = "%12s %12s %-9s %-6s %7s %-15s %s%s%s";

  /// The line above all others.
  public static final String HEADING =
      String.format(LINE, "TIME", "WAIT", "OP", "FROM", "PROCESS", "PROGRAM", "PATH", " RANGE", "");

  /// What a trace says of its run.
  public record Run(
      String run,
      String image,
      String manifest,
      String command,
      List<String> args,
      String started,
      boolean cold,
      int exitCode,
      long lost,
      long fetchedBytes,
      long requests,
      long packBytes,
      PrefetchSummary prefetch,
      Map<String, Long> marks) {
    /// What `header` says.
    public static Run of(TraceHeader header) {
      Map<String, Long> marks = new LinkedHashMap<>();
      for (Map.Entry<Mark, Long> mark : header.marks().entrySet()) {
        marks.put(TraceFormat.word(mark.getKey()), mark.getValue());
      }
      return new Run(
          header.run(),
          header.image(),
          header.manifest().toString(),
          header.command().digest().toString(),
          header.args(),
          header.started().toString(),
          header.cold(),
          header.exitCode(),
          header.lost(),
          header.fetchedBytes(),
          header.requests(),
          header.packBytes(),
          header.prefetch(),
          marks);
    }
  }

  /// The row of `access`.
  public static TraceRow of(Access access) {
    return new TraceRow(
        access.micros(),
        access.waitMicros(),
        TraceFormat.word(access.operation()),
        TraceFormat.word(access.from()),
        access.process(),
        access.program(),
        access.path(),
        access.inode(),
        access.offset(),
        access.length(),
        access.failed());
  }

  /// The row as a line, times in milliseconds so that `sort` can sort them.
  public String text() {
    String range = Show.range(operation, offset, length);
    return String.format(
        Locale.ROOT,
        LINE,
        millis(micros),
        millis(waitMicros),
        operation,
        from,
        process == 0 ? "-" : process,
        process == 0 ? "-" : Show.text(program),
        Show.text(path),
        range.isEmpty() ? "" : " " + range,
        failed ? " failed" : "");
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.3f", micros / 1e3);
  }
}
