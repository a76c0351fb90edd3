package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.stream.BlockInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The bytes of one range of a file, which must all be there. Used by one thread.
final class FileRange extends BlockInputStream {
  private final Path file;
  private final FileChannel channel;
  private final long end;
  private long position;

  /// @throws java.nio.file.NoSuchFileException where the file is not there
  FileRange(Path file, long offset, long length) throws IOException {
    this(file, FileChannel.open(file, StandardOpenOption.READ), offset, length);
  }

  /// @param channel of the file, which [#close()] closes
  FileRange(Path file, FileChannel channel, long offset, long length) {
    this.file = file;
    this.channel = channel;
    position = offset;
    end = offset + length;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position >= end) {
      return -1;
    }
    int count;
    try {
      count =
          channel.read(
              ByteBuffer.wrap(bytes, offset, (int) Math.min(length, end - position)), position);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    if (count < 0) {
      throw new CorruptException(
          file.toString(), "ends at %d, expected %d bytes; truncated?".formatted(position, end));
    }
    position += count;
    return count;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
