package dev.sway.formats.layer;

import dev.sway.formats.failure.BadArchiveException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.MemoryLimitException;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/// What an `.xz` file holds, one stream of it or several in a row, in bounded memory: the file says
/// how large a dictionary it needs, and may say 4 GiB. Not thread-safe.
final class XzStream extends FilterInputStream {
  /// `xz -9` needs 65 MiB, and no preset more.
  static final int MAX_MEMORY_KIB = 256 << 10;

  private final String name;

  /// Reads from `in`; `name` names it in errors.
  XzStream(InputStream in, String name) throws IOException {
    super(
        XZCompressorInputStream.builder()
            .setInputStream(in)
            .setDecompressConcatenated(true)
            .setMemoryLimitKiB(MAX_MEMORY_KIB)
            .get());
    this.name = name;
  }

  @Override
  public int read() throws IOException {
    try {
      return in.read();
    } catch (MemoryLimitException e) {
      throw tooLarge(e);
    }
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    try {
      return in.read(buffer, offset, length);
    } catch (MemoryLimitException e) {
      throw tooLarge(e);
    }
  }

  private BadArchiveException tooLarge(MemoryLimitException cause) {
    return new BadArchiveException(
        name,
        "its xz needs %d KiB of memory to decompress, more than %d; compress it with 'xz -9' or less"
            .formatted(cause.getMemoryNeededInKb(), MAX_MEMORY_KIB),
        cause);
  }
}
