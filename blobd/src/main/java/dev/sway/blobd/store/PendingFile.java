package dev.sway.blobd.store;

import dev.sway.blobd.cli.Failures;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file that is being written. It appears under its final name as a whole and durably, or not at
/// all.
///
/// Used by one thread. Everything it throws is a [SwayException] of kind `storage` that names the
/// file.
final class PendingFile implements AutoCloseable {
  private final Path temporary;
  private final FileChannel channel;
  private boolean published;

  private PendingFile(Path temporary, FileChannel channel) {
    this.temporary = temporary;
    this.channel = channel;
  }

  static PendingFile create(Path temporary) throws SwayException {
    try {
      return new PendingFile(
          temporary,
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw Failures.storage(temporary, e);
    }
  }

  void write(byte[] bytes, int offset, int length) throws SwayException {
    try {
      for (ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length); rest.hasRemaining(); ) {
        channel.write(rest);
      }
    } catch (IOException e) {
      throw Failures.storage(temporary, e);
    }
  }

  /// Makes the bytes durable, gives the file its name, replacing another, and makes that durable.
  void publish(Path target) throws SwayException {
    Path folder = folder(target);
    try {
      channel.force(true);
      channel.close();
      if (!Files.isDirectory(folder)) {
        createDirectory(folder);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      published = true;
      sync(folder);
    } catch (IOException e) {
      throw Failures.storage(target, e);
    }
  }

  /// Makes the names in a folder durable.
  static void sync(Path folder) throws SwayException {
    try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
      names.force(true);
    } catch (IOException e) {
      throw Failures.storage(folder, e);
    }
  }

  static Path folder(Path file) {
    Path folder = file.getParent();
    if (folder == null) {
      throw new IllegalArgumentException("not in a folder: " + file);
    }
    return folder;
  }

  private static void createDirectory(Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      // Another upload was first, and may not have made it durable yet.
    }
    sync(folder(folder));
  }

  /// Removes the file unless it was published. Idempotent.
  @Override
  public void close() throws SwayException {
    try {
      channel.close();
      if (!published) {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw Failures.storage(temporary, e);
    }
  }
}
