package dev.sway.lazyfsd.chunk;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Threads for what nobody waits for yet: a few that read the disk and decode, and light ones that
/// wait for sources, so that a slow source keeps nothing waiting that is here. Bounded; what there
/// is no thread for is not done. Thread-safe; closing is idempotent.
final class BackgroundThreads implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(BackgroundThreads.class.getName());

  /// Beside those who read, on a machine with few processors.
  private static final int DECODERS = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4);

  private static final int QUEUE = 64;

  /// Fetches under way at once, of some chunks each.
  private static final int FETCHES = 16;

  private final ThreadPoolExecutor decoders =
      new ThreadPoolExecutor(
          DECODERS,
          DECODERS,
          10,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(QUEUE),
          Thread.ofPlatform().name("chunk-decode-", 0).daemon().factory(),
          new ThreadPoolExecutor.DiscardPolicy());
  private final ExecutorService fetchers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("chunk-fetch-", 0).factory());
  private final Semaphore fetches = new Semaphore(FETCHES);

  /// Something to do.
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  BackgroundThreads() {
    decoders.allowCoreThreadTimeOut(true);
  }

  /// Does `work`, which waits for nothing but the disk, soon or not at all.
  void decode(Work work) {
    decoders.execute(() -> run(work));
  }

  /// Does `work`, which waits for sources, at once or not at all.
  void fetch(Work work) {
    if (!fetches.tryAcquire()) {
      return;
    }
    try {
      fetchers.execute(() -> {
        try {
          run(work);
        } finally {
          fetches.release();
        }
      });
    } catch (RejectedExecutionException e) {
      fetches.release();
      LOG.log(System.Logger.Level.DEBUG, "not fetched ahead of time: closed");
    }
  }

  /// What goes wrong is told to nobody: who needs the chunk asks for it again.
  private static void run(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "not loaded ahead of time: {0}", e.getMessage());
    }
  }

  /// Interrupts what is under way, and waits for its end.
  @Override
  public void close() {
    decoders.shutdownNow();
    fetchers.shutdownNow();
    decoders.close();
    fetchers.close();
  }
}
