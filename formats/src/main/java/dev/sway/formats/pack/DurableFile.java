package dev.sway.formats.pack;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;

/// A file that was written and is about to be published.
public final class DurableFile {
  private static final int BUFFER = 1 << 17;

  private DurableFile() {}

  /// Brings a file to the disk, and reads it back: what a kernel, a disk or a file system has done
  /// to it shows here, and not to those who run the image.
  ///
  /// @param channel of the whole file, open for reading and writing
  /// @param path of it, for errors
  /// @param written digest of what was written
  /// @throws SwayException of kind `storage` where the disk is full or fails, or gives back other
  ///   bytes
  public static void settle(FileChannel channel, Path path, Digest written) throws SwayException {
    Digest found;
    try {
      channel.force(true);
      found = digest(channel);
    } catch (IOException e) {
      throw SwayException.cannotWrite(path, e);
    }
    if (!found.equals(written)) {
      throw new SwayException(
          FailureKind.STORAGE,
          "%s holds %s, but %s was written; the disk or the memory of this machine fails"
              .formatted(path, found, written));
    }
  }

  private static Digest digest(FileChannel channel) throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    long at = 0;
    for (int count = channel.read(buffer, at); count >= 0; count = channel.read(buffer, at)) {
      at += count;
      Digest.update(sha256, buffer.array(), 0, count);
      buffer.clear();
    }
    return Digest.finish(sha256);
  }
}
