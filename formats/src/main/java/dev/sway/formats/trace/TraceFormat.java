package dev.sway.formats.trace;

import java.util.ArrayList;
import java.util.List;

/// A trace as a file: one zstd frame with a content checksum, in it JSON in UTF-8, one object in a
/// line. `zstdcat FILE | jq` prints it.
///
/// ```
/// trace    := header access* end
/// header   := {"format":"sway-trace","version":2,"run":s,"image":s,"manifest":digest,"command":digest,"args":[s*],
///              "started":time,"cold":b,"exitCode":n,"lost":n,"fetchedBytes":n,"requests":n,"packBytes":n,
///              "prefetch":{"policy":s,"profile":s,"origin":s,"chunks":n,"segments":n,"fetchedBytes":n,
///              "pushedBytes":n,"outcome":s},
///              "marks":{mark:n*}}
/// access   := {"micros":n,"operation":operation,"inode":n,"path":path,"offset":n,"length":n,"process":n,"program":s,
///              "waitMicros":n,"from":from,"failed":b}
/// end      := {"accesses":n}
/// digest   := "sha256:" and 64 lower-case hexadecimal digits
/// time     := ISO 8601 in UTC, to the nanosecond
/// path     := as TracePath writes it
/// mark, operation, from := the names of Mark, Operation and ServedFrom in lower case, `-` for `_`
/// ```
///
/// Members come in this order, all of them, and no other. The last line says how many accesses
/// there are.
///
/// Versions: 1 is the first one; 2 adds `segments`.
public final class TraceFormat {
  /// The value of the member `format`.
  public static final String NAME = "sway-trace";

  /// The version written, and the newest read.
  public static final int VERSION = 2;

  /// The oldest version read.
  public static final int OLDEST_VERSION = 1;

  /// The first version in which it is told how many of a prefetch's chunks are segments of hot
  /// packs.
  static final int SEGMENTS_VERSION = 2;

  /// A trace's greatest size, and that of its lines: 200,000 accesses of paths of 100 characters
  /// take some 60 MiB of lines and 3 MiB of file.
  public static final int MAX_BYTES = 96 << 20;

  /// The greatest number of accesses: a run that walks 100,000 files and reads each.
  public static final int MAX_ACCESSES = 200_000;

  /// The longest path in characters as it is written; a file system has longer ones than system
  /// calls take at once, which is 4096 bytes.
  public static final int MAX_PATH = 1 << 16;

  /// The longest name of a thread in characters.
  public static final int MAX_PROGRAM = 15;

  /// How many words of a command line are kept.
  public static final int MAX_ARGS = 4096;

  /// How many characters all its words together have.
  public static final int MAX_ARGS_LENGTH = 1 << 16;

  /// The longest text of any other kind in characters.
  public static final int MAX_TEXT = 4096;

  /// Greatest numbers, so that tools which know doubles only do not change them.
  public static final long MAX_NUMBER = 1L << 53;

  /// What the lines of accesses may come to; the rest is for the header.
  static final long MAX_ACCESS_BYTES = 80L << 20;

  static final String REMEDY = "record it again";

  private TraceFormat() {}

  /// How `constant`, one of [Mark], [Operation] or [ServedFrom], is written.
  public static String word(Enum<?> constant) {
    return Words.of(constant);
  }

  /// As much of a command line as traces and profiles keep, which is for people.
  public static List<String> shown(List<String> args) {
    List<String> shown = new ArrayList<>();
    int left = MAX_ARGS_LENGTH;
    for (String arg : args) {
      if (shown.size() == MAX_ARGS || left == 0) {
        break;
      }
      String word = clipped(arg, left);
      left -= word.length();
      shown.add(word);
    }
    return shown;
  }

  static String clipped(String text, int maxLength) {
    return text.length() > maxLength ? text.substring(0, maxLength) : text;
  }

  /// Checks that `access` is one that a run can make.
  ///
  /// @throws IllegalArgumentException where it is not
  static void check(Access access) {
    require(
        access.micros() >= -MAX_NUMBER && access.micros() <= MAX_NUMBER, "micros", access.micros());
    requireSize(access.inode(), "inode");
    requireSize(access.offset(), "offset");
    require(
        access.length() >= 0 && access.offset() <= MAX_NUMBER - access.length(),
        "length",
        access.length());
    require(access.process() >= 0, "process", access.process());
    requireSize(access.waitMicros(), "waitMicros");
    if (access.path().length() > MAX_PATH) {
      throw new IllegalArgumentException("'path' has more than " + MAX_PATH + " characters");
    }
    TracePath.check(access.path());
  }

  /// Whether `access` is one that a run can make and a trace can say.
  public static boolean isPossible(Access access) {
    try {
      check(access);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /// Checks that the numbers in `header` are possible.
  ///
  /// @throws IllegalArgumentException where one is not
  static void check(TraceHeader header) {
    require(header.exitCode() >= -1, "exitCode", header.exitCode());
    requireSize(header.lost(), "lost");
    requireSize(header.fetchedBytes(), "fetchedBytes");
    requireSize(header.requests(), "requests");
    requireSize(header.packBytes(), "packBytes");
    requireSize(header.prefetch().chunks(), "chunks");
    require(
        header.prefetch().segments() >= 0
            && header.prefetch().segments() <= header.prefetch().chunks(),
        "segments",
        header.prefetch().segments());
    requireSize(header.prefetch().fetchedBytes(), "fetchedBytes");
    requireSize(header.prefetch().pushedBytes(), "pushedBytes");
    header.marks().forEach((mark, micros) -> requireSize(micros, Words.of(mark)));
  }

  private static void requireSize(long value, String name) {
    require(value >= 0 && value <= MAX_NUMBER, name, value);
  }

  private static void require(boolean condition, String name, long value) {
    if (!condition) {
      throw new IllegalArgumentException("'%s' is impossible: %d".formatted(name, value));
    }
  }
}
