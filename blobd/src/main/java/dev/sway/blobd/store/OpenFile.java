package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;

/// A small thing that is being read, such as a profile. It stays what it is when the store gets
/// another in its place.
///
/// @param digest of its bytes
/// @param size how many there are
/// @param content those bytes
public record OpenFile(Digest digest, long size, InputStream content) implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  /// Opens a file, where it is there.
  static Optional<OpenFile> open(Path file) throws IOException {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      try {
        long size = channel.size();
        // The same open file twice: the one of that name may be another in a moment.
        Digest digest = digest(new FileRange(file, channel, 0, size));
        return Optional.of(new OpenFile(digest, size, new FileRange(file, channel, 0, size)));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  /// Opens a file, where it is there, that must have no more than `most` bytes.
  static Optional<OpenFile> open(Path file, int most) throws IOException {
    Optional<OpenFile> opened = open(file);
    if (opened.isPresent() && opened.get().size() > most) {
      opened.get().close();
      throw new CorruptException(
          file.toString(),
          "has %d bytes, what is kept there has at most %d".formatted(opened.get().size(), most));
    }
    return opened;
  }

  private static Digest digest(InputStream in) throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      Digest.update(sha256, buffer, 0, count);
    }
    return Digest.finish(sha256);
  }

  @Override
  public void close() throws IOException {
    content.close();
  }
}
