package dev.sway.lazyfsd.api;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ByteName;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// What a run does with the profile of its command.
public enum PrefetchPolicy {
  /// Nothing: what the run asks for is fetched when it does.
  OFF,
  /// What the profile names is fetched while the run starts.
  OVERLAP,
  /// The run starts once all of that is there, or after some seconds.
  WAIT,
  /// Nothing, and the run has a mount of the image for itself: its trace shows all that it asks
  /// for, and the rest of small files that it begins with.
  RECORD;

  /// Whether anything is prefetched.
  public boolean prefetches() {
    return this == OVERLAP || this == WAIT;
  }

  /// The policy that users call `word`; [#OVERLAP] where it is empty.
  ///
  /// @throws SwayException of kind `usage` for any other word
  public static PrefetchPolicy of(String word) throws SwayException {
    return switch (word) {
      case "off" -> OFF;
      case "", "overlap" -> OVERLAP;
      case "wait" -> WAIT;
      case "record" -> RECORD;
      default ->
          throw new SwayException(
              FailureKind.USAGE,
              "there is no prefetch policy '%s'; use off, overlap, wait or record"
                  .formatted(shown(word)));
    };
  }

  /// `word` as it can stand in one line.
  private static String shown(String word) {
    String beginning = word.length() > 40 ? word.substring(0, 40) + "..." : word;
    return ByteName.printable(beginning.getBytes(StandardCharsets.UTF_8));
  }

  /// As users write it.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
