package dev.sway.lazyfsd.chunk;

import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A chunk on its way into memory: what one thread does for all that want it meanwhile.
/// Thread-safe.
final class Load {
  private final PackReference pack;
  private final Urgency urgency;
  private final CompletableFuture<Optional<IOException>> over = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Thread runner;
  private boolean interrupted;

  private Load(PackReference pack, Urgency urgency, @Nullable Thread runner) {
    this.pack = pack;
    this.urgency = urgency;
    this.runner = runner;
  }

  /// A load by the calling thread.
  ///
  /// @param pack that the chunk is loaded from
  static Load byThisThread(PackReference pack, Urgency urgency) {
    return new Load(pack, urgency, Thread.currentThread());
  }

  /// A load that is one of several which some thread does at once, and which is ended with it.
  static Load amongOthers(PackReference pack, Urgency urgency) {
    return new Load(pack, urgency, null);
  }

  /// Waits for the end.
  void await() {
    over.join();
  }

  Urgency urgency() {
    return urgency;
  }

  /// Waits for the end, but no longer than `nanos` where this is less urgent than `mine`: sources
  /// keep it waiting. Answers whether it has ended.
  boolean await(Urgency mine, long nanos) {
    if (urgency.compareTo(mine) <= 0) {
      over.join();
    } else {
      over.copy().completeOnTimeout(Optional.empty(), nanos, TimeUnit.NANOSECONDS).join();
    }
    return over.isDone();
  }

  /// Throws what it ended with, if that says anything about the chunk in `wanted`: who loads may be
  /// told to do something else, and another pack may have the same chunk.
  void check(PackReference wanted) throws IOException {
    Optional<IOException> failure = over.join();
    if (failure.isPresent()
        && pack.equals(wanted)
        && !(failure.get() instanceof InterruptedIOException)) {
      throw failure.get();
    }
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
  }
}
