package dev.sway.lazyfsd.api;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.util.Locale;

/// What a run does with the profile of its command.
public enum PrefetchPolicy {
  /// Nothing: what the run asks for is fetched when it does.
  OFF,
  /// What the profile names is fetched while the run starts.
  OVERLAP,
  /// The run starts once all of that is there, or after some seconds.
  WAIT;

  /// The policy that users call `word`; [#OVERLAP] where it is empty.
  ///
  /// @throws SwayException of kind `usage` for any other word
  public static PrefetchPolicy of(String word) throws SwayException {
    return switch (word) {
      case "off" -> OFF;
      case "", "overlap" -> OVERLAP;
      case "wait" -> WAIT;
      default ->
          throw new SwayException(
              FailureKind.USAGE,
              "there is no prefetch policy '%s'; use off, overlap or wait".formatted(word));
    };
  }

  /// As users write it.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
