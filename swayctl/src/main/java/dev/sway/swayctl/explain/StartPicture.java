package dev.sway.swayctl.explain;

import dev.sway.formats.trace.Access;
import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceFormat;
import dev.sway.swayctl.explain.StartReport.Blocked;
import dev.sway.swayctl.explain.StartReport.Phase;
import java.util.Locale;
import java.util.Map;

/// A start as a picture: an SVG that needs nothing beside itself. Its size is bounded, however long
/// the trace is.
public final class StartPicture {
  private static final int WIDTH = 1000;
  private static final int LEFT = 120;
  private static final int RIGHT = 20;
  private static final int ROW = 22;
  private static final int BAR = 14;
  private static final int COLUMNS = WIDTH - LEFT - RIGHT;

  /// What fits into half of the picture in small letters, in characters.
  private static final int LABEL = 74;

  private static final int LONGEST_TEXT = 220;
  private static final Map<String, String> COLORS =
      Map.of("index", "#9aa5b1", "memory", "#7fb3d5", "disk", "#f5b041", "source", "#cb4335");

  private final StartReport report;
  private final StringBuilder svg = new StringBuilder();
  private final long end;
  private int y = 24;

  private StartPicture(StartReport report) {
    this.report = report;
    long last = report.endMicros();
    for (Phase phase : report.phases()) {
      last = Math.max(last, phase.toMicros());
    }
    this.end = Math.max(1, last);
  }

  /// The picture of `trace`, on which `report` is.
  public static String of(Trace trace, StartReport report) {
    StartPicture picture = new StartPicture(report);
    picture.head();
    picture.scale();
    report.phases().forEach(picture::phase);
    picture.waits(trace);
    picture.longest();
    picture.advice();
    return picture.whole();
  }

  private String whole() {
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">
    <rect width="100%%" height="100%%" fill="white"/>
    """
            .formatted(WIDTH, y, WIDTH, y)
        + svg
        + "</svg>\n";
  }

  private void head() {
    text(10, "run %s of %s".formatted(report.run(), report.image()), "font-weight=\"bold\"");
    y += ROW;
    text(
        10,
        "%s; waited %s of it (%s); best possible %s"
            .formatted(
                Show.time(report.endMicros()),
                Show.time(report.waitedMicros()),
                Show.percent(report.waitedMicros(), report.endMicros()),
                Show.time(report.bestMicros())),
        "");
    y += ROW;
  }

  private void scale() {
    for (int i = 0; i <= 4; i++) {
      long micros = end / 4 * i;
      String anchor = i == 0 ? "start" : i == 4 ? "end" : "middle";
      text(
          x(micros),
          Show.time(micros),
          "fill=\"#566573\" font-size=\"10\" text-anchor=\"%s\"".formatted(anchor));
    }
    y += ROW;
  }

  private void phase(Phase phase) {
    text(10, phase.name(), "");
    bar(
        phase.fromMicros(),
        phase.toMicros(),
        phase.name().equals(StartReport.PREFETCH) ? "#58d68d" : "#aeb6bf",
        "%s: %s, waited %s"
            .formatted(phase.name(), Show.time(phase.micros()), Show.time(phase.waitedMicros())));
    y += ROW;
  }

  /// One row for each place: where in it at least one request waited, a pixel wide at least.
  private void waits(Trace trace) {
    for (StartReport.OnDemand place : report.onDemand()) {
      text(10, "waits, " + place.from(), "");
      boolean[] columns = new boolean[COLUMNS];
      for (Access access : trace.accesses()) {
        if (TraceFormat.word(access.from()).equals(place.from()) && access.waitMicros() > 0) {
          mark(columns, access);
        }
      }
      runs(columns, COLORS.getOrDefault(place.from(), "black"));
      y += ROW;
    }
  }

  private void mark(boolean[] columns, Access access) {
    long last = access.micros() + access.waitMicros();
    if (last < 0 || access.micros() > end) {
      return;
    }
    for (int column = column(access.micros()); column <= column(last); column++) {
      columns[column] = true;
    }
  }

  private void runs(boolean[] columns, String color) {
    int from = 0;
    while (from < COLUMNS) {
      int to = from;
      while (to < COLUMNS && columns[to] == columns[from]) {
        to++;
      }
      if (columns[from]) {
        rectangle(LEFT + from, to - from, color, "");
      }
      from = to;
    }
  }

  private void longest() {
    if (report.longest().isEmpty()) {
      return;
    }
    y += ROW / 2;
    text(10, "waited longest", "font-weight=\"bold\"");
    y += ROW;
    for (Blocked blocked : report.longest()) {
      text(10, Show.time(blocked.waitMicros()), "");
      bar(
          blocked.micros(),
          blocked.micros() + blocked.waitMicros(),
          COLORS.getOrDefault(blocked.from(), "black"),
          blocked.path());
      String label =
          "%s %s %s"
              .formatted(
                  blocked.operation(),
                  Show.text(blocked.path()),
                  Show.range(blocked.operation(), blocked.offset(), blocked.length()));
      boolean atRight = x(blocked.micros()) < LEFT + COLUMNS / 2;
      text(
          atRight ? x(blocked.micros() + blocked.waitMicros()) + 6 : x(blocked.micros()) - 6,
          shortened(label, LABEL),
          atRight ? "font-size=\"10\"" : "font-size=\"10\" text-anchor=\"end\"");
      y += ROW;
    }
  }

  private void advice() {
    y += ROW / 2;
    for (String sentence : report.advice()) {
      StringBuilder line = new StringBuilder();
      for (String word : sentence.split(" ", -1)) {
        if (line.length() + word.length() > 150 && !line.isEmpty()) {
          text(10, line.toString(), "");
          y += ROW;
          line.setLength(0);
        }
        line.append(line.isEmpty() ? "" : " ").append(word);
      }
      text(10, line.toString(), "");
      y += ROW;
    }
  }

  private void bar(long from, long to, String color, String title) {
    rectangle(x(from), Math.max(1, x(to) - x(from)), color, title);
  }

  private void rectangle(int x, int width, String color, String title) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\">%s</rect>%n",
            x,
            y - BAR + 3,
            width,
            BAR,
            color,
            title.isEmpty() ? "" : "<title>" + escaped(title) + "</title>"));
  }

  private void text(int x, String text, String attributes) {
    svg.append("<text x=\"%d\" y=\"%d\" %s>%s</text>\n".formatted(x, y, attributes, escaped(text)));
  }

  private int column(long micros) {
    return (int)
        Math.min(COLUMNS - 1, (long) (COLUMNS * (double) Math.clamp(micros, 0, end) / end));
  }

  private int x(long micros) {
    return LEFT + column(micros);
  }

  /// XML has no control characters, not even escaped.
  private static String escaped(String text) {
    return shortened(Show.text(text), LONGEST_TEXT)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replaceAll("[\ufffe\uffff]", "?");
  }

  /// `text` without what is in its middle, where it is longer than `most` characters.
  private static String shortened(String text, int most) {
    int length = text.codePointCount(0, text.length());
    if (length <= most) {
      return text;
    }
    int half = most / 2;
    return text.substring(0, text.offsetByCodePoints(0, half))
        + "..."
        + text.substring(text.offsetByCodePoints(text.length(), -half));
  }
}
