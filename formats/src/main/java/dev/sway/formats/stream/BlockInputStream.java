package dev.sway.formats.stream;

import java.io.IOException;
import java.io.InputStream;

/// A stream that is read in blocks: whoever extends it says how an array is filled, and everything
/// else, single bytes and [#skip] among it, goes through that. It has no marks.
public abstract class BlockInputStream extends InputStream {
  /// Reads one byte by [#read(byte[], int, int)]; costs an array each time.
  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /// Reads at least one byte, unless `length` is 0 or the stream has ended, which is -1.
  @Override
  public abstract int read(byte[] bytes, int offset, int length) throws IOException;
}
