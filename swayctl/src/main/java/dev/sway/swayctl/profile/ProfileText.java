package dev.sway.swayctl.profile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.swayctl.export.ByteSize;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A profile for people. Control characters in it are escaped.
public final class ProfileText {
  private static final double MICROS = 1e3;

  private ProfileText() {}

  /// Of how many files a profile names ranges.
  public static long files(Profile profile) {
    return profile.paths().stream().filter(path -> !path.ranges().isEmpty()).count();
  }

  /// What a profile is about, in a few words.
  public static String summary(Profile profile) {
    return "%s; %d runs, %d files, %s"
        .formatted(
            CommandText.of(profile.args()),
            profile.runs(),
            files(profile),
            ByteSize.text(profile.bytes()));
  }

  /// The lines about a profile as a whole.
  public static List<String> lines(Profile profile, Instant now) {
    List<String> lines = new ArrayList<>();
    row(lines, "key", profile.command().hex());
    row(lines, "manifest", profile.manifest().toString());
    row(lines, "command", CommandText.of(profile.args()));
    row(
        lines,
        "runs",
        "%d, the last %s ago, %s"
            .formatted(
                profile.runs(),
                Age.text(Duration.between(profile.updated(), now)),
                profile.updated()));
    row(lines, "pinned", profile.pinned() ? "yes" : "no");
    long files = files(profile);
    row(
        lines,
        "paths",
        "%d files with %s, %d of which only the name is asked for"
            .formatted(files, ByteSize.text(profile.bytes()), profile.paths().size() - files));
    return lines;
  }

  private static void row(List<String> lines, String name, String value) {
    lines.add(String.format(Locale.ROOT, "%-9s %s", name, value));
  }

  /// What stands above the lines of the paths.
  public static String header() {
    return String.format(Locale.ROOT, "%10s  %5s  %s", "FIRST", "RUNS", "PATH OFFSET+LENGTH...");
  }

  /// The line of one path.
  public static String line(ProfiledPath path) {
    return String.format(
        Locale.ROOT,
        "%7.1f ms  %5d  %s%s",
        path.firstMicros() / MICROS,
        path.runs(),
        ByteName.printable(path.path().getBytes(UTF_8)),
        path.ranges().stream().map(ProfileText::range).collect(Collectors.joining()));
  }

  private static String range(ProfileRange range) {
    return " %d+%d".formatted(range.offset(), range.length());
  }
}
