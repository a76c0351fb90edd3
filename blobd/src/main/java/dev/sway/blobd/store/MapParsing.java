package dev.sway.blobd.store;

import java.io.IOException;
import java.util.concurrent.Semaphore;

/// Bounds how many maps of hot packs are parsed at the same time, whoever wants to know what is in
/// them: each becomes several times its 8 MiB. Thread-safe.
///
/// Who parses may hold an image's lock, and takes none while it does.
final class MapParsing {
  /// So many at the same time.
  static final int AT_ONCE = 4;

  private final Semaphore parsers = new Semaphore(AT_ONCE);

  /// Reads a map and makes something small of it.
  @FunctionalInterface
  interface Parse<T> {
    T parse() throws IOException;
  }

  /// Does `parse`, after others where there are many.
  <T> T run(Parse<T> parse) throws IOException {
    parsers.acquireUninterruptibly();
    try {
      return parse.parse();
    } finally {
      parsers.release();
    }
  }
}
