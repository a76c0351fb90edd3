package dev.sway.lazyfsd.keep;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.IndexReader;
import dev.sway.formats.index.IndexSession;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.cache.FrameCheck;
import dev.sway.lazyfsd.cache.FrameReference;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Brings all chunks of one image into the cache, in the order in which packs have them, a few
/// requests at a time. For one thread.
final class ImageFetch {
  /// Requests under way at once: enough to keep a link busy while others are verified.
  private static final int PARALLEL = 4;

  /// How long a batch waits for others to be evicted. The first one that waits in vain is the last.
  private static final Duration ROOM_PATIENCE = Duration.ofSeconds(10);

  private static final int BATCH_CHUNKS = 1024;

  /// How often frames of a batch are fetched once more for which there was no turn again: on a
  /// machine that has much else to do. Few, because a disk that fails keeps none of them.
  private static final int TRIES_AGAIN = 8;

  private final PackCache cache;
  private final IndexReader index;
  private final boolean verifyAll;
  private final ImageKeeper.Watcher watcher;
  private final FetchCounters counters = new FetchCounters();
  private final AtomicBoolean roomless = new AtomicBoolean();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong fetched = new AtomicLong();
  private final AtomicLong fetchedBytes = new AtomicLong();

  /// @param verifyAll whether also what is there already is verified, and fetched again where it is
  ///   damaged
  /// @param watcher gets told how far it is, on any thread
  ImageFetch(PackCache cache, IndexReader index, boolean verifyAll, ImageKeeper.Watcher watcher) {
    this.cache = cache;
    this.index = index;
    this.verifyAll = verifyAll;
    this.watcher = watcher;
  }

  /// How many chunks the image has.
  long total() {
    return index.counts().chunks();
  }

  /// How many chunks were fetched.
  long fetched() {
    return fetched.get();
  }

  /// The length of these, as they are stored.
  long fetchedBytes() {
    return fetchedBytes.get();
  }

  /// Fetches what is missing.
  ///
  /// @return how many chunks are not in the cache nevertheless: there was no room
  /// @throws IOException where a chunk cannot be had; others that were fetched are kept
  long run() throws IOException, InterruptedException {
    List<Future<Long>> batches = new ArrayList<>();
    try (ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            PARALLEL,
            PARALLEL,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(PARALLEL),
            Thread.ofVirtual().name("cache-fetch-", 0).factory(),
            // Where the queue is full, this thread takes part.
            new ThreadPoolExecutor.CallerRunsPolicy())) {
      try {
        long missing = 0;
        int next = 0;
        while (next < total() && !Thread.currentThread().isInterrupted()) {
          List<FrameReference> batch = batch(next);
          next += batch.size();
          batches.add(threads.submit(() -> fetch(batch)));
        }
        for (Future<Long> batch : batches) {
          missing += batch.get();
        }
        return missing;
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException known) {
          throw known;
        }
        if (e.getCause() instanceof InterruptedException) {
          throw new InterruptedException("fetching an image was interrupted");
        }
        throw new IllegalStateException("cannot fetch an image", e.getCause());
      } finally {
        threads.shutdownNow();
      }
    }
  }

  /// How many chunks are not in the cache now.
  long missing() throws IOException {
    return index.read(session -> {
      long missing = 0;
      for (int at = 0; at < total(); at++) {
        missing += cache.has(frame(session, at)) ? 0 : 1;
      }
      return missing;
    });
  }

  /// The length of these, as they are stored.
  long missingBytes() throws IOException {
    return index.read(session -> {
      long missing = 0;
      for (int at = 0; at < total(); at++) {
        FrameReference frame = frame(session, at);
        missing += cache.has(frame) ? 0 : frame.chunk().stored();
      }
      return missing;
    });
  }

  /// The next chunks of one pack, from `first` on.
  private List<FrameReference> batch(int first) throws IOException {
    return index.read(session -> {
      List<FrameReference> batch = new ArrayList<>();
      long bytes = 0;
      for (int at = first; at < total() && batch.size() < BATCH_CHUNKS; at++) {
        FrameReference frame = frame(session, at);
        bytes += frame.chunk().stored();
        if (!batch.isEmpty()
            && (bytes > cache.batchBytes() || !frame.pack().equals(batch.getFirst().pack()))) {
          break;
        }
        batch.add(frame);
      }
      return batch;
    });
  }

  private static FrameReference frame(IndexSession session, int ordinal) throws IOException {
    ChunkLocation chunk = session.chunk(ordinal);
    PackReference pack = session.pack(chunk.pack());
    if (chunk.offset() > pack.size() - chunk.stored()) {
      throw new CorruptException(
          "index", "chunk %d lies beyond its pack's end: %s".formatted(ordinal, chunk));
    }
    return new FrameReference(chunk, pack);
  }

  /// Answers how many of `batch` are not there in the end.
  private long fetch(List<FrameReference> batch) throws IOException, InterruptedException {
    long bytes = batch.stream().mapToLong(frame -> frame.chunk().stored()).sum();
    boolean _ = awaitRoom(bytes);
    List<FrameReference> others = cache.prefetch(batch, Urgency.BACKGROUND, counters);
    long missing = 0;
    for (FrameReference frame : others) {
      bytes -= frame.chunk().stored();
      if (verifyAll) {
        read(frame);
      }
    }
    int again = TRIES_AGAIN;
    for (FrameReference frame : batch) {
      // Somebody else is fetching it, or others wrote so much that there was no turn to keep it.
      boolean first = true;
      while (!cache.has(frame) && awaitRoom(frame.chunk().stored()) && (first || again-- > 0)) {
        first = false;
        read(frame);
      }
      missing += cache.has(frame) ? 0 : 1;
    }
    fetched.addAndGet(batch.size() - others.size());
    fetchedBytes.addAndGet(bytes);
    watcher.progress(done.addAndGet(batch.size() - missing), total());
    return missing;
  }

  /// Waits for others to be evicted, where that is needed and helps; answers whether `bytes` may be
  /// kept now.
  private boolean awaitRoom(long bytes) throws InterruptedException {
    boolean room = cache.awaitRoom(bytes, roomless.get() ? Duration.ZERO : ROOM_PATIENCE);
    if (!room) {
      roomless.set(true);
    }
    return room;
  }

  /// Waits for a frame that another is fetching, fetches what is not here or not right, and keeps
  /// it if there is room.
  private void read(FrameReference frame) throws IOException {
    cache.frame(
        frame.chunk(), frame.pack(), Urgency.BACKGROUND, counters, FrameCheck.of(frame.chunk()));
  }
}
