package dev.sway.formats.image;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Hashes layers beside the work on them, one after another. Closing it ends what is under way.
final class LayerHashing implements Executor, AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("hash-layers").daemon().factory());

  @Override
  public void execute(Runnable task) {
    thread.execute(task);
  }

  @Override
  public void close() {
    thread.shutdownNow();
    thread.close();
  }
}
