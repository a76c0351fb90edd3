package dev.sway.lazyfsd.fuse;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Threads that use a mount side by side. Every wait has a deadline.
final class Readers implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().name("reader-", 0).factory());

  /// Something that a thread does.
  @FunctionalInterface
  interface Task {
    void run() throws Exception;
  }

  Future<?> start(Task task) {
    return threads.submit(() -> {
      task.run();
      return null;
    });
  }

  static void await(List<Future<?>> tasks) throws Exception {
    for (Future<?> task : tasks) {
      task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  /// Lets go of those that still run: a thread in a system call cannot be stopped.
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
