package dev.sway.lazyfsd.prefetch;

import dev.sway.lazyfsd.image.LinkEstimate;

/// When an image is fetched whole by the first run on it, beside that run, although there is no
/// profile: where it is so small, or its link so fast, that all of it is there before a start has
/// asked for its parts one after another.
public final class WholeImage {
  /// Larger ones never are: what a run does not need costs bandwidth, disk and processor.
  public static final long MOST_BYTES = 16 << 20;

  /// Round trips that a start makes at least, one after another: the program, its interpreter or
  /// loader, their libraries, what these read.
  public static final int ROUND_TRIPS = 20;

  private WholeImage() {}

  /// Whether that is so.
  ///
  /// @param packBytes of the image
  /// @param link that it comes over
  public static boolean isQuicker(long packBytes, LinkEstimate link) {
    return packBytes <= MOST_BYTES && link.brings(packBytes, ROUND_TRIPS);
  }
}
