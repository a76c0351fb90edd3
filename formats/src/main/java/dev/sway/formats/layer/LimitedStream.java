package dev.sway.formats.layer;

import dev.sway.formats.failure.BadArchiveException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A stream that is refused as a bad archive when it goes on beyond a limit. Not thread-safe.
final class LimitedStream extends FilterInputStream {
  private final long limit;
  private final String name;
  private long bytes;

  /// @param limit of bytes that may be read
  /// @param name names the stream in errors
  LimitedStream(InputStream in, long limit, String name) {
    super(in);
    this.limit = limit;
    this.name = name;
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    count(b < 0 ? 0 : 1);
    return b;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = in.read(buffer, offset, length);
    count(Math.max(0, count));
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    long skipped = in.skip(count);
    count(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(long more) throws BadArchiveException {
    bytes += more;
    if (bytes > limit) {
      throw new BadArchiveException(
          name,
          "decompresses to more than " + limit + " bytes; it is no image, or made to do harm");
    }
  }
}
