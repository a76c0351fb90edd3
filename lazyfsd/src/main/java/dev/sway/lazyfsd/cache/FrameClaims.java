package dev.sway.lazyfsd.cache;

import dev.sway.formats.index.ChunkLocation;
import dev.sway.lazyfsd.linux.NativeFile;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Who fetches which frame of one replica: one thread of one process at a time.
///
/// Between processes it is a lock on the frame's range of the replica, which ends with whoever
/// holds it. Nobody waits for ever: the other may hang, or fetch for something less urgent; after a
/// while the frame is fetched twice. Thread-safe.
final class FrameClaims {
  /// How long a reader waits for somebody who fetches the same frame...
  private static final long URGENT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// ... where that is known to be for something less urgent, which sources keep waiting...
  private static final long OVERTAKING_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /// ... and how long somebody waits whom no process waits for.
  private static final long PATIENT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final NativeFile data;
  private final Map<Long, Claim> claims = new ConcurrentHashMap<>();

  /// @param data the replica's file, for the locks
  FrameClaims(NativeFile data) {
    this.data = data;
  }

  /// The right to fetch a frame; closing it gives the right to the next. [#close] is idempotent.
  final class Claim implements AutoCloseable {
    private final ChunkLocation chunk;
    private final Urgency urgency;
    private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    private boolean first;
    private boolean locked;
    private boolean waited;

    private Claim(ChunkLocation chunk, Urgency urgency) {
      this.chunk = chunk;
      this.urgency = urgency;
    }

    /// Whether somebody else may have fetched the frame meanwhile.
    boolean waited() {
      return waited;
    }

    @Override
    public void close() throws IOException {
      try {
        if (locked) {
          locked = false;
          data.unlock(chunk.offset(), chunk.stored());
        }
      } finally {
        if (first) {
          first = false;
          claims.remove(chunk.offset(), this);
        }
        over.complete(null);
      }
    }
  }

  /// Claims the frame of `chunk`, after whoever fetches it now, or once that takes too long.
  Claim await(ChunkLocation chunk, Urgency urgency) throws IOException {
    Claim mine = new Claim(chunk, urgency);
    long began = System.nanoTime();
    Claim other = claims.putIfAbsent(chunk.offset(), mine);
    while (other != null) {
      mine.waited = true;
      long patience = patience(urgency, other.urgency) - (System.nanoTime() - began);
      if (patience <= 0 || !isOver(other, patience)) {
        return mine;
      }
      other = claims.putIfAbsent(chunk.offset(), mine);
    }
    mine.first = true;
    try {
      mine.locked = data.tryLock(chunk.offset(), chunk.stored());
      if (!mine.locked) {
        mine.waited = true;
        mine.locked =
            Patience.until(
                began + patience(urgency, urgency),
                () -> data.tryLock(chunk.offset(), chunk.stored()));
      }
      return mine;
    } catch (IOException | RuntimeException e) {
      mine.close();
      throw e;
    }
  }

  /// Claims the frame of `chunk`, or answers null where somebody fetches it already.
  @Nullable Claim tryClaim(ChunkLocation chunk, Urgency urgency) throws IOException {
    Claim mine = new Claim(chunk, urgency);
    if (claims.putIfAbsent(chunk.offset(), mine) != null) {
      return null;
    }
    mine.first = true;
    try {
      mine.locked = data.tryLock(chunk.offset(), chunk.stored());
    } catch (IOException | RuntimeException e) {
      mine.close();
      throw e;
    }
    if (!mine.locked) {
      mine.close();
      return null;
    }
    return mine;
  }

  private static long patience(Urgency mine, Urgency others) {
    if (mine != Urgency.ON_DEMAND) {
      return PATIENT_NANOS;
    }
    return others == Urgency.ON_DEMAND ? URGENT_NANOS : OVERTAKING_NANOS;
  }

  private static boolean isOver(Claim other, long nanos) {
    try {
      other.over.get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a claim ends in one way only", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
