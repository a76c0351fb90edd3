package dev.sway.lazyfsd.cache;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much a cache may take.
///
/// @param maxBytes of the disk; [#UNBOUNDED] for as many as there are
/// @param minFree the share of the file system, from 0 to less than 1, that is to stay free,
///   whoever fills it
public record CacheLimits(long maxBytes, double minFree) {
  /// No bound in bytes.
  public static final long UNBOUNDED = Long.MAX_VALUE;

  /// Nothing is bounded.
  public static final CacheLimits NONE = new CacheLimits(UNBOUNDED, 0);

  private static final long MIN_SLACK = 1 << 20;
  private static final long MAX_SLACK = 256 << 20;

  private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})([kmgt]?)b?");
  private static final Pattern RATIO = Pattern.compile("([0-9]{1,2}(?:\\.[0-9]{1,3})?)%?");

  public CacheLimits {
    if (maxBytes < 0 || !(minFree >= 0 && minFree < 1)) {
      throw new IllegalArgumentException("no limits: %d, %s".formatted(maxBytes, minFree));
    }
  }

  /// How far `maxBytes` may be exceeded before what is fetched is not kept any more, and how far
  /// eviction goes below it: an eighth of it, from 1 MiB to 256 MiB. Eviction takes a while, and
  /// reads do not wait for it.
  public long slack() {
    return Math.clamp(maxBytes / 8, MIN_SLACK, MAX_SLACK);
  }

  /// How many bytes of a file system of `total` are to stay free.
  public long reserve(long total) {
    return (long) (total * minFree);
  }

  /// The same as [#slack], for what is to stay free of a file system of `total` bytes: an eighth of
  /// that, at most 256 MiB. So something stays free of small ones, too.
  long freeSlack(long total) {
    return minFree == 0 || total == 0 ? MAX_SLACK : Math.min(reserve(total) / 8, MAX_SLACK);
  }

  /// Reads a size: a number with `k`, `m`, `g` or `t` for powers of 1024, or `none`.
  ///
  /// @param option that has it, for errors
  /// @throws SwayException of kind `usage` where it is something else
  public static long bytes(String option, String text) throws SwayException {
    String plain = text.strip().toLowerCase(Locale.ROOT);
    if (plain.equals("none")) {
      return UNBOUNDED;
    }
    Matcher size = SIZE.matcher(plain);
    if (!size.matches()) {
      throw new SwayException(
          FailureKind.USAGE,
          "%s: '%s' is no size; use a number with k, m, g or t, such as 20g, or none"
              .formatted(option, text));
    }
    int power = "kmgt".indexOf(size.group(2)) + (size.group(2).isEmpty() ? 0 : 1);
    long number = Long.parseLong(size.group(1));
    return number > Long.MAX_VALUE >> (10 * power) ? UNBOUNDED : number << (10 * power);
  }

  /// Reads `--cache-free`: a percentage from 0 to less than 100.
  ///
  /// @throws SwayException of kind `usage` where it is something else
  public static double ratio(String text) throws SwayException {
    Matcher ratio = RATIO.matcher(text.strip());
    if (!ratio.matches()) {
      throw new SwayException(
          FailureKind.USAGE,
          "--cache-free: '%s' is no share; use a percentage from 0 to 99, such as 10%%"
              .formatted(text));
    }
    return Double.parseDouble(ratio.group(1)) / 100;
  }
}
