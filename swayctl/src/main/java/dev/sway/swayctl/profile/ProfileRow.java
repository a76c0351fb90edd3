package dev.sway.swayctl.profile;

import dev.sway.blobd.client.ListedProfile;
import dev.sway.formats.profile.Profile;
import dev.sway.swayctl.export.ByteSize;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// One profile in a list of an image's.
///
/// @param key of its command
/// @param args the command line of the run that was learnt from last
/// @param runs how many it was learnt from
/// @param files of which it names ranges
/// @param paths that it names in all
/// @param bytes of those files that it names
/// @param updated when it was learnt from the last run
/// @param pinned whether it is to stay as it is
/// @param storedBytes its own size
/// @param modified when it was last stored, by the server's clock
/// @param hotBytes the size of its hot pack; 0 where it has none, -1 where the server is too old to
///   say
/// @param problem why nothing is known of it but key, sizes and time of storing; empty where it is
public record ProfileRow(
    String key,
    List<String> args,
    int runs,
    long files,
    int paths,
    long bytes,
    String updated,
    boolean pinned,
    long storedBytes,
    String modified,
    long hotBytes,
    String problem) {
  private static final int SHORT_DIGITS = 12;
  private static final int COMMAND_LENGTH = 100;

  public ProfileRow {
    args = List.copyOf(args);
  }

  /// The row of a profile that was read.
  static ProfileRow of(ListedProfile listed, Profile profile) {
    return new ProfileRow(
        listed.key().hex(),
        profile.args(),
        profile.runs(),
        ProfileText.files(profile),
        profile.paths().size(),
        profile.bytes(),
        profile.updated().toString(),
        profile.pinned(),
        listed.bytes(),
        listed.modified().toString(),
        listed.hotBytes().orElse(-1),
        "");
  }

  /// The row of a profile that cannot be read.
  static ProfileRow unreadable(ListedProfile listed, String problem) {
    return new ProfileRow(
        listed.key().hex(),
        List.of(),
        0,
        0,
        0,
        0,
        "",
        false,
        listed.bytes(),
        listed.modified().toString(),
        listed.hotBytes().orElse(-1),
        problem);
  }

  /// What stands above the rows.
  public static String header() {
    return line("KEY", "RUNS", "FILES", "BYTES", "HOT PACK", "AGE", "PINNED", "COMMAND");
  }

  /// The row for people.
  public String text(Instant now) {
    String shortKey = key.substring(0, SHORT_DIGITS);
    if (!problem.isEmpty()) {
      return line(shortKey, "-", "-", "-", "-", "-", "-", "cannot be read: " + problem);
    }
    return line(
        shortKey,
        Integer.toString(runs),
        Long.toString(files),
        ByteSize.text(bytes),
        hotBytes > 0 ? ByteSize.text(hotBytes) : hotBytes == 0 ? "none" : "?",
        Age.text(Duration.between(Instant.parse(updated), now)),
        pinned ? "pinned" : "",
        CommandText.of(args, COMMAND_LENGTH));
  }

  private static String line(String... cells) {
    return String.format(Locale.ROOT, "%-12s  %5s  %6s  %9s  %9s  %7s  %-6s  %s", (Object[]) cells)
        .stripTrailing();
  }
}
