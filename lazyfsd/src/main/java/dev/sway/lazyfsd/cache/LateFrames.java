package dev.sway.lazyfsd.cache;

import dev.sway.formats.index.ChunkLocation;
import dev.sway.lazyfsd.cache.FrameBuffers.Buffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Keeps frames whose readers could not wait for their turn at the replica: a thread tries again
/// with a copy. Without that a start in which much is fetched at once would leave some frames out,
/// and whoever builds on all of them being here, such as a hot pack, would find one missing.
///
/// Thread-safe. Few frames wait at a time; those that come beyond that are refused.
final class LateFrames implements AutoCloseable {
  /// Of a megabyte of memory each, unless the frame is larger.
  static final int MOST = 16;

  /// How long one waits for its turn before it is given up.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// Between two tries of one frame: others, and those who look for frames, have theirs meanwhile.
  private static final Duration PAUSE = Duration.ofMillis(5);

  /// How long those that wait hold up the end of a cache.
  private static final Duration END_PATIENCE = Duration.ofSeconds(1);

  private final FrameBuffers buffers;
  private final Semaphore places = new Semaphore(MOST);
  private final ScheduledThreadPoolExecutor keeper =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("cache-late-frames").daemon().factory());
  private volatile boolean closed;

  /// Told how it went, once.
  interface Outcome {
    /// The frame was kept.
    void kept();

    /// It had no turn in time.
    void givenUp();

    /// Somebody else has kept the same frame.
    void redundant();

    /// It could not be written.
    void failed(IOException why);
  }

  /// @param buffers for the copies
  LateFrames(FrameBuffers buffers) {
    this.buffers = buffers;
    keeper.setKeepAliveTime(10, TimeUnit.SECONDS);
    keeper.allowCoreThreadTimeOut(true);
  }

  /// A frame that waits for its turn.
  private final class Late implements Runnable {
    private final PackReplica replica;
    private final ChunkLocation chunk;
    private final Buffer copy;
    private final int now;
    private final Outcome outcome;
    private final long deadline = System.nanoTime() + PATIENCE.toNanos();

    Late(PackReplica replica, ChunkLocation chunk, Buffer copy, int now, Outcome outcome) {
      this.replica = replica;
      this.chunk = chunk;
      this.copy = copy;
      this.now = now;
      this.outcome = outcome;
    }

    @Override
    public void run() {
      boolean over = true;
      boolean told = false;
      try {
        if (replica.find(chunk) != null) {
          outcome.redundant();
          told = true;
        } else if (replica.keepSoon(chunk, copy.bytes(), now)) {
          outcome.kept();
          told = true;
        } else {
          over = System.nanoTime() - deadline >= 0 || !again();
        }
      } catch (IOException e) {
        outcome.failed(e);
        told = true;
      } finally {
        if (over) {
          end(told);
        }
      }
    }

    private void end(boolean told) {
      try {
        if (!told) {
          outcome.givenUp();
        }
      } finally {
        copy.close();
        places.release();
      }
    }

    private boolean again() {
      try {
        var _ = keeper.schedule(this, PAUSE.toNanos(), TimeUnit.NANOSECONDS);
        return true;
      } catch (RejectedExecutionException e) {
        return false;
      }
    }
  }

  /// Keeps a copy of `frame` as soon as the replica lets it; answers whether there is room for one.
  ///
  /// @param now by [CacheClock]
  /// @param outcome told later, on another thread; not where this answers false
  boolean offer(
      PackReplica replica, ChunkLocation chunk, MemorySegment frame, int now, Outcome outcome) {
    if (closed || !places.tryAcquire()) {
      return false;
    }
    boolean offered = false;
    Buffer copy = null;
    try {
      copy = buffers.take(chunk.stored());
      copy.bytes().copyFrom(frame);
      offered = new Late(replica, chunk, copy, now, outcome).again();
      return offered;
    } finally {
      if (!offered) {
        places.release();
        if (copy != null) {
          copy.close();
        }
      }
    }
  }

  /// Waits until none waits for its turn any more, at most `nanos`; answers whether that is so.
  boolean await(long nanos) {
    boolean interrupted = Thread.interrupted();
    long deadline = System.nanoTime() + nanos;
    try {
      while (true) {
        try {
          if (!places.tryAcquire(MOST, deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            return false;
          }
          places.release(MOST);
          return true;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Gives up what does not get its turn soon. The replicas may be closed after this.
  @Override
  public void close() {
    closed = true;
    boolean _ = await(END_PATIENCE.toNanos());
    // What is tried from now on is not tried again.
    keeper.close();
  }
}
