package dev.sway.lazyfsd.source;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.Randomized;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/// A pack of random bytes that a healthy blobd has.
final class ServedPack implements AutoCloseable {
  private final PackServer server;
  private final byte[] bytes;
  private final PackReference reference;

  /// @param store of the blobd
  /// @param length of the pack
  ServedPack(Path store, int length) throws IOException {
    server = new PackServer(store);
    bytes = Randomized.bytes(new Random(1), length);
    reference = server.add(bytes);
  }

  /// The blobd's.
  URI uri() {
    return server.uri();
  }

  PackReference reference() {
    return reference;
  }

  /// Has the blobd serve another pack too.
  PackReference other(int length) throws IOException {
    return server.add(Randomized.bytes(new Random(2), length));
  }

  /// Fetches a range through `sources`, and refuses wrong bytes.
  void fetch(PackSource sources, int offset, int length, Urgency urgency, FetchCounters counters)
      throws IOException {
    byte[] right = Arrays.copyOfRange(bytes, offset, offset + length);
    var _ =
        sources.fetch(
            reference,
            offset,
            length,
            urgency,
            counters,
            (body, where) -> {
              if (!Arrays.equals(body.toArray(ValueLayout.JAVA_BYTE), right)) {
                throw new CorruptException(where, "differs");
              }
              return true;
            });
  }

  /// How long ago `began` was, which is by [System#nanoTime].
  static double secondsSince(long began) {
    return (System.nanoTime() - began) / 1e9;
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
