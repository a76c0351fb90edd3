package dev.sway.lazyfsd.chunk;

import dev.sway.formats.index.ChunkPlace;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A chunk on its way into memory: what one thread does for all that want it meanwhile.
/// Thread-safe.
final class Load {
  private final ChunkPlace place;
  private final Urgency urgency;
  private final long began = System.nanoTime();
  private final CompletableFuture<Optional<IOException>> over = new CompletableFuture<>();

  /// Completes when it is over, or when another load has brought the chunk before it.
  private final CompletableFuture<@Nullable Void> settled = new CompletableFuture<>();

  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Thread runner;
  private boolean interrupted;

  private Load(ChunkPlace place, Urgency urgency, @Nullable Thread runner) {
    this.place = place;
    this.urgency = urgency;
    this.runner = runner;
  }

  /// A load by the calling thread.
  ///
  /// @param place that the chunk is loaded from
  static Load byThisThread(ChunkPlace place, Urgency urgency) {
    return new Load(place, urgency, Thread.currentThread());
  }

  /// A load that is one of several which some thread does at once, and which is ended with it.
  ///
  /// @param place that the chunk is loaded from
  static Load amongOthers(ChunkPlace place, Urgency urgency) {
    return new Load(place, urgency, null);
  }

  /// Waits for the end.
  void await() {
    over.join();
  }

  Urgency urgency() {
    return urgency;
  }

  /// Waits until it has ended or the chunk is here, but no longer than `nanos` where this is less
  /// urgent than `mine`: sources keep it waiting. Answers whether that has come.
  ///
  /// @throws InterruptedIOException where the calling thread is interrupted meanwhile
  boolean await(Urgency mine, long nanos) throws InterruptedIOException {
    try {
      if (urgency.compareTo(mine) <= 0) {
        settled.get();
      } else {
        settled.get(nanos, TimeUnit.NANOSECONDS);
      }
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("it completes in one way only", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException)
          new InterruptedIOException("interrupted while waiting for a chunk").initCause(e);
    }
  }

  /// Throws what it ended with, if it did and that says anything to who wants the chunk of
  /// `wanted`. Who loads may be told to do something else, the same content may be at another
  /// place, whoever said so, and sources try for who is in a hurry what they do not try for others.
  /// And they try as long as their deadline: who has come to wait later than this began has time
  /// left.
  ///
  /// @param mine how soon the chunk is wanted
  /// @param arrived since when it is, by [System#nanoTime]
  void check(ChunkPlace wanted, Urgency mine, long arrived) throws IOException {
    Optional<IOException> failure = over.getNow(Optional.empty());
    if (failure.isPresent()
        && isAt(wanted)
        && urgency.compareTo(mine) <= 0
        && began - arrived >= 0
        && !(failure.get() instanceof InterruptedIOException)) {
      throw failure.get();
    }
  }

  private boolean isAt(ChunkPlace wanted) {
    return place.pack().equals(wanted.pack())
        && place.chunk().offset() == wanted.chunk().offset()
        && place.chunk().stored() == wanted.chunk().stored()
        && place.chunk().length() == wanted.chunk().length()
        && place.chunk().id().equals(wanted.chunk().id());
  }

  /// Another load has brought the chunk: who waits for this one need not any longer.
  void overtaken() {
    settled.complete(null);
  }

  /// Tells the thread that loads this, and nothing else, to give up.
  void interrupt() {
    lock.lock();
    try {
      if (runner != null) {
        interrupted = true;
        runner.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /// To be called at the end, by the thread that loads where there is one of its own.
  void end(@Nullable IOException failure) {
    lock.lock();
    try {
      runner = null;
      if (interrupted) {
        // That was for the load, and not for what this thread does next.
        boolean pending = Thread.interrupted();
        assert pending || failure != null : "an interrupt was lost";
      }
    } finally {
      lock.unlock();
    }
    over.complete(Optional.ofNullable(failure));
    settled.complete(null);
  }
}
