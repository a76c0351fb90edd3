package dev.sway.formats.layer;

import dev.sway.formats.stream.BlockInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that holds the bytes of files of an image: an uncompressed archive, or a spool of what
/// was compressed in one.
///
/// Reads are positional and may come from many threads. [#close] ends all of them.
public final class ContentFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;

  ContentFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /// Opens an existing file for reading.
  public static ContentFile open(Path path) throws IOException {
    return new ContentFile(path, FileChannel.open(path, StandardOpenOption.READ));
  }

  public Path path() {
    return path;
  }

  /// The file's size in bytes.
  public long size() throws IOException {
    return channel.size();
  }

  /// Fills `target[offset..offset+length)` with the bytes at `position`.
  ///
  /// @throws EOFException where the file ends before that
  public void read(long position, byte[] target, int offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(target, offset, length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position() - offset) < 0) {
        throw new EOFException(
            path + " ends within the bytes at " + position + "; did it change while it was read?");
      }
    }
  }

  /// The bytes `offset..offset+size` as a stream, which need not be closed.
  public InputStream stream(long offset, long size) {
    return new Slice(offset, offset + size);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private final class Slice extends BlockInputStream {
    private final long end;
    private long at;

    Slice(long from, long end) {
      this.at = from;
      this.end = end;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at >= end) {
        return -1;
      }
      int count =
          channel.read(ByteBuffer.wrap(buffer, offset, (int) Math.min(length, end - at)), at);
      at += Math.max(0, count);
      return count;
    }

    @Override
    public long skip(long count) {
      long skipped = Math.clamp(count, 0, end - at);
      at += skipped;
      return skipped;
    }
  }
}
