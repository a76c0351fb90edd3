package dev.sway.lazyfsd.source.http;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A connection's bytes. One thread connects, reads and writes; any thread may close.
interface Wire extends AutoCloseable {
  /// Connects, and agrees on keys where there are any.
  void connect() throws IOException;

  /// Reads at least one byte into `target`, which has room.
  ///
  /// @return how many bytes, or -1 at the end
  int read(ByteBuffer target) throws IOException;

  /// Writes all of `source`.
  void write(ByteBuffer source) throws IOException;

  /// Ends the connection, and with an error whatever is under way on it. Idempotent.
  @Override
  void close();
}
