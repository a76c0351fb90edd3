package dev.sway.lazyfsd.peer;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Breaks off answers that take too long, because who asked for them does not read: a write to a
/// socket has no time-out of its own. Thread-safe.
final class AnswerTimer implements AutoCloseable {
  private final Duration limit;
  private final Set<Answer> underWay = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("peer-answers").factory());

  /// @param limit how long an answer may take
  AnswerTimer(Duration limit) {
    this.limit = limit;
    // Nearly all answers end long before their time.
    timer.setRemoveOnCancelPolicy(true);
  }

  /// An answer that the calling thread, a virtual one, gives from now until this is closed. Where
  /// that takes too long the thread is interrupted, which closes the socket that it writes to.
  final class Answer implements AutoCloseable {
    private final Thread thread = Thread.currentThread();
    private final ReentrantLock ending = new ReentrantLock();
    private final ScheduledFuture<?> end;
    private boolean over;

    private Answer() {
      end = timer.schedule(this::breakOff, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Interrupts the thread, if this is not over.
    private void breakOff() {
      ending.lock();
      try {
        if (!over) {
          thread.interrupt();
        }
      } finally {
        ending.unlock();
      }
    }

    /// From here on the thread is not interrupted any more.
    @Override
    public void close() {
      end.cancel(false);
      underWay.remove(this);
      ending.lock();
      try {
        over = true;
      } finally {
        ending.unlock();
      }
    }
  }

  /// Begins an answer of the calling thread.
  Answer begin() {
    Answer answer = new Answer();
    underWay.add(answer);
    return answer;
  }

  /// Breaks off all that is under way: nobody depends on it, receivers ask elsewhere.
  void breakOffAll() {
    underWay.forEach(Answer::breakOff);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
