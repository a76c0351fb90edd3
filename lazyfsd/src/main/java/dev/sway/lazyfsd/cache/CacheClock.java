package dev.sway.lazyfsd.cache;

import java.time.Instant;

/// The time that caches note of uses: seconds since 2020-01-01T00:00:00Z, which an `int` holds
/// until 2088. Implementations are thread-safe.
@FunctionalInterface
interface CacheClock {
  /// The wall's.
  CacheClock WALL =
      () ->
          (int)
              (Instant.now().getEpochSecond()
                  - Instant.parse("2020-01-01T00:00:00Z").getEpochSecond());

  /// The time now.
  int seconds();
}
