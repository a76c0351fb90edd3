package dev.sway.formats.layer;

import dev.sway.formats.failure.BadArchiveException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A stream that is refused as a bad archive when it goes on beyond a limit. Not thread-safe.
final class LimitedStream extends FilterInputStream {
  private final long compressed;
  private final long limit;
  private final String name;
  private long bytes;

  /// @param compressed how many bytes the stream is made of
  /// @param limit of bytes that may be read
  /// @param name names the stream in errors
  LimitedStream(InputStream in, long compressed, long limit, String name) {
    super(in);
    this.compressed = compressed;
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

  /// Refuses the stream where `more` bytes, which it says that it has, would be too many.
  void require(long more) throws BadArchiveException {
    if (more > limit - bytes) {
      throw new BadArchiveException(
          name,
          "its %d bytes decompress to more than %d, the most that are taken; if it is meant to, decompress it first, or write sparse files with 'tar --sparse'"
              .formatted(compressed, limit));
    }
  }

  private void count(long more) throws BadArchiveException {
    require(more);
    bytes += more;
  }
}
