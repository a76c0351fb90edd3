package dev.sway.formats.read;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.stream.BlockInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;

/// A blob that is read once while its digest is computed. What was read is to be trusted when
/// [#finish] has returned. Gives at most one byte more than the blob should have. Not thread-safe.
final class HashedBlob extends BlockInputStream {
  private final MessageDigest sha256 = Digest.newSha256();
  private final InputStream in;
  private final Digest expected;
  private final long size;
  private final String name;
  private long count;

  /// @param size that it must have, in bytes
  /// @param name of the blob in errors
  HashedBlob(InputStream in, Digest expected, long size, String name) {
    this.in = in;
    this.expected = expected;
    this.size = size;
    this.name = name;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (count > size) {
      return -1;
    }
    int read = in.read(bytes, offset, (int) Math.min(length, size + 1 - count));
    if (read > 0) {
      Digest.update(sha256, bytes, offset, read);
      count += read;
    }
    return read;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /// Reads on to byte `offset` of the blob, or to its end.
  void readTo(long offset) throws IOException {
    byte[] buffer = new byte[1 << 16];
    while (count < offset && read(buffer, 0, (int) Math.min(buffer.length, offset - count)) >= 0) {
      // Each round reads some bytes, and hashes them.
    }
  }

  /// Reads what is left and checks size and digest.
  ///
  /// @throws CorruptException where one of them is another
  void finish() throws IOException {
    transferTo(OutputStream.nullOutputStream());
    if (count != size) {
      throw new CorruptException(
          name,
          "has %s bytes, the manifest says %d"
              .formatted(count > size ? "more than " + size : count, size));
    }
    Digest actual = Digest.finish(sha256);
    if (!actual.equals(expected)) {
      throw new CorruptException(name, "its %d bytes have the digest %s".formatted(size, actual));
    }
  }
}
