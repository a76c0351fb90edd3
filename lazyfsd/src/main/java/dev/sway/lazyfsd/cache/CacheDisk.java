package dev.sway.lazyfsd.cache;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.cache.FrameBuffers.Buffer;
import dev.sway.lazyfsd.cache.FrameClaims.Claim;
import dev.sway.lazyfsd.linux.NativeFile;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.PackSource.Check;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// The disk below a cache, as readers see it: it may be full, fail, or hold something else than it
/// should, and nothing of that is their concern. Thread-safe.
final class CacheDisk implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(CacheDisk.class.getName());

  /// A frame that is evicted again and again while it is read is taken from the source.
  private static final int ATTEMPTS = 3;

  private final Replicas replicas;
  private final CacheSpace space;
  private final CacheClock clock;
  private final Runnable overfull;
  private final FrameBuffers buffers = new FrameBuffers();
  private final LateFrames late = new LateFrames(buffers);
  private final LongAdder notKept = new LongAdder();
  private final Warnings unreadable =
      new Warnings(LOG, "the cache cannot be read, sources are asked");
  private final Warnings unwritable =
      new Warnings(LOG, "chunks are served but not kept, the cache cannot be written");
  private final Warnings damaged = new Warnings(LOG, "the cache had a damaged copy, fetched again");

  /// @param overfull called where something should be evicted
  CacheDisk(Replicas replicas, CacheSpace space, CacheClock clock, Runnable overfull) {
    this.replicas = replicas;
    this.space = space;
    this.clock = clock;
    this.overfull = overfull;
  }

  /// Leaves memory that is kept for later to the collector.
  void trim() {
    buffers.trim();
  }

  /// How many frames could not be kept.
  long notKept() {
    return notKept.sum();
  }

  /// The right to fetch the frame of `chunk`, or null where the disk does not say whose it is.
  @Nullable Claim claim(PackReplica replica, ChunkLocation chunk, Urgency urgency) {
    try {
      return replica.claims().await(chunk, urgency);
    } catch (IOException e) {
      unreadable.warn(e.toString());
      return null;
    }
  }

  /// What `check` makes of the disk's copy; null where there is none that it accepts.
  <T> @Nullable T read(
      PackReplica replica, ChunkLocation chunk, FetchCounters counters, Check<T> check) {
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        KeptFrame frame = replica.find(chunk);
        if (frame == null) {
          return null;
        }
        try (Buffer buffer = buffers.take(chunk.stored())) {
          if (!replica.read(frame, buffer.bytes())) {
            replica.forget(frame);
            continue;
          }
          try {
            T accepted = check.accept(buffer.bytes(), "the cache's copy of pack " + replica.pack());
            frame.use(clock.seconds());
            return accepted;
          } catch (CorruptException e) {
            refused(replica, frame, buffer, counters, e);
          }
        }
      }
    } catch (IOException e) {
      unreadable.warn(e.toString());
    }
    return null;
  }

  /// What a copy that is refused has come from: an eviction under the reader's hands, a log that
  /// survived a crash longer than its frames, or damage, which alone counts.
  private void refused(
      PackReplica replica,
      KeptFrame frame,
      Buffer buffer,
      FetchCounters counters,
      CorruptException why)
      throws IOException {
    if (!replica.has(frame)) {
      return;
    }
    replica.forget(frame);
    if (!FrameBuffers.isHole(buffer.bytes())) {
      counters.repaired();
      damaged.warn(why.getMessage());
    }
  }

  /// Keeps a frame that was verified, if that is possible.
  ///
  /// @param urgency of the fetch
  void keep(PackReplica replica, ChunkLocation chunk, MemorySegment frame, Urgency urgency) {
    try {
      if (!space.admits(chunk.stored())) {
        notKept.increment();
        unwritable.warn(
            "it exceeds its limits, and nothing is evicted so soon; see 'swayctl cache status'");
      } else if (frame.isNative()) {
        keepNative(replica, chunk, frame, urgency);
      } else {
        try (Buffer buffer = buffers.take(chunk.stored())) {
          keepNative(replica, chunk, buffer.bytes().copyFrom(frame), urgency);
        }
      }
      if (space.excess() > 0) {
        overfull.run();
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  private void failed(IOException why) {
    notKept.increment();
    unwritable.warn(why.toString());
    if (NativeFile.isFull(why)) {
      space.ranOut();
      overfull.run();
    }
  }

  private void keepNative(
      PackReplica replica, ChunkLocation chunk, MemorySegment frame, Urgency urgency)
      throws IOException {
    boolean kept = false;
    boolean later = false;
    try {
      int now = clock.seconds();
      if (urgency == Urgency.ON_DEMAND) {
        kept = replica.keepSoon(chunk, frame, now);
        later = !kept && late.offer(replica, chunk, frame, now, new Late(chunk));
      }
      kept = kept || (!later && replica.keep(chunk, frame, urgency, now));
    } finally {
      if (kept) {
        space.kept(chunk.stored());
      } else if (!later) {
        space.refused(chunk.stored());
      }
    }
    if (!kept && !later) {
      notKept.increment();
    }
  }

  /// How a frame fares whose turn comes later.
  private final class Late implements LateFrames.Outcome {
    private final ChunkLocation chunk;

    Late(ChunkLocation chunk) {
      this.chunk = chunk;
    }

    @Override
    public void kept() {
      space.kept(chunk.stored());
    }

    @Override
    public void givenUp() {
      space.refused(chunk.stored());
      notKept.increment();
    }

    @Override
    public void redundant() {
      space.refused(chunk.stored());
    }

    @Override
    public void failed(IOException why) {
      space.refused(chunk.stored());
      CacheDisk.this.failed(why);
    }
  }

  /// The replica of `pack`, or null where the disk does not let us have one.
  @Nullable PackReplica replica(PackReference pack) {
    try {
      return replicas.of(pack.digest());
    } catch (IOException e) {
      unwritable.warn(e.toString());
      return null;
    }
  }

  /// Waits until no frame waits for its turn to be kept, at most `nanos`.
  boolean awaitKept(long nanos) {
    return late.await(nanos);
  }

  /// Frames that still wait for their turn are kept, or given up soon.
  @Override
  public void close() {
    late.close();
  }
}
