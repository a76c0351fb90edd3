package dev.sway.lazyfsd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.ArrayList;
import java.util.List;

/// A trace that a worker has.
///
/// @param run the id of its run
/// @param image as it was asked for; empty where the trace cannot be read, or the worker is of an
///   older version, which does not say
/// @param args the command line, of which what is behind the first [#MAX_ARGS_LENGTH] characters is
///   left out; empty where `image` is
/// @param exitCode of the run, -1 where it did not end by itself and where `image` is empty
/// @param bytes of the file
/// @param written when, ISO 8601 in UTC
@JsonIgnoreProperties(ignoreUnknown = true)
public record TraceInfo(
    String run, String image, List<String> args, int exitCode, long bytes, String written) {
  /// The largest file of a trace.
  public static final int MAX_BYTES = 16 << 20;

  /// How much of a command line is told.
  public static final int MAX_ARGS_LENGTH = 500;

  public TraceInfo {
    args = beginning(args);
  }

  /// A trace of which no more is known than that it is there.
  public static TraceInfo unread(String run, long bytes, String written) {
    return new TraceInfo(run, "", List.of(), -1, bytes, written);
  }

  private static List<String> beginning(List<String> args) {
    List<String> told = new ArrayList<>();
    int left = MAX_ARGS_LENGTH;
    for (String word : args) {
      if (left <= 0) {
        break;
      }
      told.add(word.length() <= left ? word : cut(word, left));
      // An empty word counts, too.
      left -= Math.max(1, word.length());
    }
    return List.copyOf(told);
  }

  /// The first `length` characters, of which the last is not half of one.
  private static String cut(String word, int length) {
    return word.substring(
        0, Character.isHighSurrogate(word.charAt(length - 1)) ? length - 1 : length);
  }
}
