package dev.sway.formats.layer;

import dev.sway.formats.id.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;

/// Hashes and counts every byte that passes, those skipped too (which
/// `java.security.DigestInputStream` leaves out).
final class HashingStream extends FilterInputStream {
  private final MessageDigest sha256 = Digest.newSha256();
  private final LongConsumer progress;
  private final byte[] skipBuffer = new byte[1 << 16];

  HashingStream(InputStream in, LongConsumer progress) {
    super(in);
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    if (b >= 0) {
      sha256.update((byte) b);
      progress.accept(1);
    }
    return b;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = in.read(buffer, offset, length);
    if (count > 0) {
      Digest.update(sha256, buffer, offset, count);
      progress.accept(count);
    }
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    return Math.max(0, read(skipBuffer, 0, Math.clamp(count, 0, skipBuffer.length)));
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /// The digest of all bytes so far; the stream is at its end and is not read any more.
  Digest digest() {
    return Digest.finish(sha256);
  }
}
