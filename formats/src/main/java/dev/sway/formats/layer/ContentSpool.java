package dev.sway.formats.layer;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.tar.SparseMap;
import dev.sway.formats.tar.TarReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A temporary file for the content of compressed layers: chunking reads files in the order of
/// their paths, a compressed layer can only be read in the order of its tar. It needs as much disk
/// as the layers' files have bytes, at most what [DiskAllowance] says, and no memory. Not
/// thread-safe for writing.
public final class ContentSpool implements AutoCloseable {
  private final FileChannel channel;
  private final ContentFile file;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
  private final DiskAllowance allowance;
  private long end;

  /// Opens a new spool at `path`, which must not exist and is deleted when the spool is closed.
  public ContentSpool(Path path) throws IOException {
    channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    file = new ContentFile(path, channel);
    allowance = DiskAllowance.of(path.toAbsolutePath().resolveSibling(""));
  }

  /// Copies the content of the entry that `tar` stands at.
  ///
  /// @param data where in the regular file it belongs
  /// @param layer names the tar in errors
  /// @throws SwayException of kind `storage` where there is no room for it, before any of it is
  ///   written
  Content append(TarReader tar, SparseMap data, String layer) throws IOException {
    long start = end;
    allowance.require(start + data.stored(), layer);
    int count;
    while ((count = tar.read(buffer.array(), 0, buffer.capacity())) >= 0) {
      write(buffer.clear().limit(count));
    }
    return new StoredContent(file, start, data);
  }

  private void write(ByteBuffer bytes) throws SwayException {
    try {
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
    } catch (IOException e) {
      throw SwayException.cannotWrite(file.path(), e);
    }
  }

  /// How many bytes were written to it.
  long size() {
    return end;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
