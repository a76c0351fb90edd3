package dev.sway.blobd.cli;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The lock of a directory, or of what a file stands for, that one process may use at a time: a
/// file, `lock` in the directory, locked as long as the process lives, however it ends. The file
/// holds the process id, for people.
///
/// Thread-safe. [#close()] is idempotent and leaves the file, because removing it would race with
/// the next process.
public final class StateLock implements AutoCloseable {
  private static final String FILE = "lock";

  /// What it holds.
  private static final String PID = "[0-9]{1,10}";

  /// The files locked by this process: closing a second channel of a locked file would release the
  /// process's lock on it (POSIX), so it must never be opened twice.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileLock lock;

  private StateLock(Path file, FileLock lock) {
    this.file = file;
    this.lock = lock;
  }

  /// Creates `directory` where it is missing, and locks it.
  ///
  /// @throws SwayException of kind `in-use` where another holder has it, `storage` where the
  ///   directory cannot be created or written
  public static StateLock acquire(Path directory) throws SwayException {
    Path real;
    try {
      Files.createDirectories(directory);
      real = directory.toRealPath();
    } catch (IOException e) {
      if (Files.exists(directory) && !Files.isDirectory(directory)) {
        throw new SwayException(
            FailureKind.STORAGE, directory + ": is not a directory; give another path", e);
      }
      throw Failures.storage(directory, e);
    }
    return acquire(real.resolve(FILE), directory, Set.of(StandardOpenOption.CREATE));
  }

  /// Locks `file`, which exists and is not a symbolic link.
  ///
  /// @throws SwayException of kind `in-use` where another holder has it, `storage` where it cannot
  ///   be opened for writing
  public static StateLock acquireFile(Path file) throws SwayException {
    Path real;
    try {
      real = file.toRealPath(LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
    return acquire(real, file, Set.of(LinkOption.NOFOLLOW_LINKS));
  }

  /// The process that has locked `directory`, or had last; empty where none ever has, or one is
  /// just about to.
  public static OptionalLong holder(Path directory) throws IOException {
    Path file = directory.toRealPath().resolve(FILE);
    if (HELD.contains(file)) {
      return OptionalLong.of(ProcessHandle.current().pid());
    }
    String pid = Files.exists(file) ? Files.readString(file).strip() : "";
    return pid.matches(PID) ? OptionalLong.of(Long.parseLong(pid)) : OptionalLong.empty();
  }

  private static StateLock acquire(Path file, Path subject, Set<? extends OpenOption> how)
      throws SwayException {
    if (!HELD.add(file)) {
      throw inUse(subject, ProcessHandle.current().pid() + "");
    }
    boolean locked = false;
    try {
      StateLock lock = new StateLock(file, lock(file, subject, how));
      locked = true;
      return lock;
    } finally {
      if (!locked) {
        HELD.remove(file);
      }
    }
  }

  private static FileLock lock(Path file, Path subject, Set<? extends OpenOption> how)
      throws SwayException {
    Set<OpenOption> options = new HashSet<>(how);
    options.add(StandardOpenOption.READ);
    options.add(StandardOpenOption.WRITE);
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, options);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(subject, Files.readString(file).strip());
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
      return lock;
    } catch (IOException e) {
      closeQuietly(channel, e);
      throw Failures.storage(file, e);
    }
  }

  private static void closeQuietly(
      @org.jspecify.annotations.Nullable FileChannel channel, IOException because) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        because.addSuppressed(e);
      }
    }
  }

  private static SwayException inUse(Path subject, String pid) {
    String holder = pid.matches(PID) ? "process " + pid : "another process";
    return new SwayException(
        FailureKind.IN_USE,
        "%s is in use by %s; stop it, or give another directory".formatted(subject, holder));
  }

  /// Releases the lock.
  @Override
  public void close() throws IOException {
    try {
      lock.acquiredBy().close();
    } finally {
      HELD.remove(file);
    }
  }
}
