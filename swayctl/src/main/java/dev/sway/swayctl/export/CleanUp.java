package dev.sway.swayctl.export;

import dev.sway.blobd.cli.Failures;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What is to be undone when a command ends, however it ends: by itself, by a failure, by SIGINT,
/// SIGTERM or SIGHUP. Actions run in reverse order, each once.
///
/// Thread-safe.
public final class CleanUp implements AutoCloseable {
  private static final int DELETE_ATTEMPTS = 100;
  private static final Duration DELETE_PAUSE = Duration.ofMillis(20);

  /// Undoes one thing.
  @FunctionalInterface
  public interface Action {
    void run() throws IOException;
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Action> actions = new ArrayDeque<>();
  private final Consumer<String> notices;
  private final Thread hook;
  private boolean signalled;

  private CleanUp(Consumer<String> notices) {
    this.notices = notices;
    hook = Thread.ofPlatform().name("clean-up").unstarted(this::onSignal);
  }

  /// An empty list of things to undo, armed for signals.
  ///
  /// @param notices is told, in one line each, what could not be undone
  public static CleanUp armed(Consumer<String> notices) {
    CleanUp cleanUp = new CleanUp(notices);
    Runtime.getRuntime().addShutdownHook(cleanUp.hook);
    return cleanUp;
  }

  /// Has `action` run at the end; at once where the end has come already.
  public void defer(Action action) {
    lock.lock();
    try {
      if (!signalled) {
        actions.push(action);
        return;
      }
      run(action);
    } finally {
      lock.unlock();
    }
    awaitEnd();
  }

  /// Makes a folder.
  @FunctionalInterface
  private interface Making {
    Path make() throws IOException;
  }

  /// A new folder in `parent`, named after `prefix`, which is deleted at the end with all in it.
  public Path folder(Path parent, String prefix) throws IOException {
    return made(parent, () -> Files.createTempDirectory(parent, prefix));
  }

  /// Makes `folder`, for its owner alone, which is deleted at the end with all in it.
  void folder(Path folder) throws IOException {
    Path _ =
        made(
            folder,
            () ->
                Files.createDirectory(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                        PosixFilePermissions.fromString("rwx------"))));
  }

  /// A signal comes before the folder is there, or finds it in the list.
  private Path made(Path where, Making making) throws IOException {
    lock.lock();
    try {
      if (!signalled) {
        Path folder = making.make();
        actions.push(() -> delete(folder));
        return folder;
      }
    } catch (IOException e) {
      throw Failures.storage(where, e);
    } finally {
      lock.unlock();
    }
    awaitEnd();
    throw new IllegalStateException("the process has ended");
  }

  private void onSignal() {
    lock.lock();
    try {
      signalled = true;
      runAll();
    } finally {
      lock.unlock();
    }
  }

  private void runAll() {
    for (@Nullable Action next = actions.poll(); next != null; next = actions.poll()) {
      run(next);
    }
  }

  private void run(Action action) {
    try {
      action.run();
    } catch (IOException e) {
      notices.accept(Failures.of(e).getMessage());
    }
  }

  /// Runs what is left. Does not return where a signal is ending the process, so that no failure is
  /// reported that only came from things being undone.
  @Override
  public void close() {
    if (!finished()) {
      awaitEnd();
    }
  }

  /// Runs what is left; false where a signal is ending the process.
  private boolean finished() {
    lock.lock();
    try {
      runAll();
      return !signalled && disarm();
    } finally {
      lock.unlock();
    }
  }

  private boolean disarm() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
      return true;
    } catch (IllegalStateException e) {
      // The process is ending already.
      return false;
    }
  }

  private static void awaitEnd() {
    while (true) {
      LockSupport.park();
    }
  }

  /// Deletes a folder into which another thread may still be writing.
  static void delete(Path folder) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        deleteOnce(folder);
        return;
      } catch (NoSuchFileException | DirectoryNotEmptyException e) {
        if (attempt == DELETE_ATTEMPTS) {
          throw e;
        }
        LockSupport.parkNanos(DELETE_PAUSE.toNanos());
      }
    }
  }

  private static void deleteOnce(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException thrown)
              throws IOException {
            if (thrown != null) {
              throw thrown;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
