package dev.sway.lazyfsd.cache;

import dev.sway.formats.index.ChunkLocation;
import dev.sway.lazyfsd.cache.FrameBuffers.Buffer;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Keeps frames whose readers could not wait for their turn at the replica: a thread waits for it
/// with a copy. Without that a start in which much is fetched at once would leave some frames out,
/// and whoever builds on all of them being here, such as a hot pack, would find one missing.
///
/// Thread-safe. Few frames wait at a time; those that come beyond that are not kept.
final class LateFrames implements AutoCloseable {
  /// Of a megabyte of memory each, unless the frame is larger.
  private static final int MOST = 16;

  /// How long one waits for its turn before it is given up.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// How long those that wait hold up the end of a cache.
  private static final Duration END_PATIENCE = Duration.ofSeconds(1);

  private final FrameBuffers buffers;
  private final ThreadPoolExecutor keeper =
      new ThreadPoolExecutor(
          1,
          1,
          10,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MOST),
          Thread.ofPlatform().name("cache-late-frames").daemon().factory());

  /// Told how it went.
  interface Outcome {
    /// Whether the frame was kept.
    void kept(boolean kept);

    /// It could not be written.
    void failed(IOException why);
  }

  /// @param buffers for the copies
  LateFrames(FrameBuffers buffers) {
    this.buffers = buffers;
    keeper.allowCoreThreadTimeOut(true);
  }

  /// Keeps a copy of `frame` as soon as the replica lets it; answers whether there is room for one.
  ///
  /// @param now by [CacheClock]
  /// @param outcome told later, on another thread; not where this answers false
  boolean offer(
      PackReplica replica, ChunkLocation chunk, MemorySegment frame, int now, Outcome outcome) {
    if (keeper.getQueue().remainingCapacity() == 0) {
      return false;
    }
    Buffer copy = buffers.take(chunk.stored());
    copy.bytes().copyFrom(frame);
    try {
      keeper.execute(() -> keep(replica, chunk, copy, now, outcome));
      return true;
    } catch (RejectedExecutionException e) {
      // Others were faster, or the cache is closed.
      copy.close();
      return false;
    }
  }

  private static void keep(
      PackReplica replica, ChunkLocation chunk, Buffer copy, int now, Outcome outcome) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (copy) {
      boolean kept;
      do {
        kept = replica.keep(chunk, copy.bytes(), Urgency.BACKGROUND, now);
      } while (!kept && System.nanoTime() < deadline && !Thread.currentThread().isInterrupted());
      outcome.kept(kept);
    } catch (IOException e) {
      outcome.failed(e);
    }
  }

  /// Gives up what does not get its turn at once. The replicas may be closed after this.
  @Override
  public void close() {
    keeper.shutdown();
    boolean interrupted = false;
    try {
      if (!keeper.awaitTermination(END_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
        keeper.shutdownNow();
      }
    } catch (InterruptedException e) {
      interrupted = true;
      keeper.shutdownNow();
    }
    keeper.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
