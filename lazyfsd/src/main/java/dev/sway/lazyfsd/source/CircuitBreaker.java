package dev.sway.lazyfsd.source;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps requests away from a server that does not answer, and lets one through from time to time
/// to see whether it does again. About connections only: a server that lacks a blob is well.
///
/// Thread-safe. Times are those of [System#nanoTime].
final class CircuitBreaker {
  /// What it lets through.
  enum State {
    /// Every request.
    CLOSED,
    /// None, for a while.
    OPEN,
    /// One, whose end decides.
    HALF_OPEN
  }

  /// Failures in a row after which it opens.
  static final int FAILURES = 5;

  /// How long it stays open at first; doubled with each probe that fails.
  static final Duration SHORTEST = Duration.ofMillis(250);

  /// How long it stays open at most: a server that is back is noticed this much later.
  static final Duration LONGEST = Duration.ofSeconds(4);

  /// The same of a peer. There is always somebody else to ask, and each request that it does not
  /// answer keeps a reader waiting.
  static final int PEER_FAILURES = 2;

  static final Duration PEER_SHORTEST = Duration.ofSeconds(1);
  static final Duration PEER_LONGEST = Duration.ofSeconds(60);

  private final int maxFailures;
  private final long shortestNanos;
  private final long longestNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private State state = State.CLOSED;
  private int failures;
  private long openNanos;
  private long probeAt;

  CircuitBreaker() {
    this(FAILURES, SHORTEST, LONGEST);
  }

  private CircuitBreaker(int maxFailures, Duration shortest, Duration longest) {
    this.maxFailures = maxFailures;
    this.shortestNanos = shortest.toNanos();
    this.longestNanos = longest.toNanos();
    this.openNanos = shortestNanos;
  }

  static CircuitBreaker ofPeer() {
    return of(PEER_FAILURES, PEER_SHORTEST, PEER_LONGEST);
  }

  /// One that opens after `failures` in a row, for `shortest` at first and `longest` at most.
  static CircuitBreaker of(int failures, Duration shortest, Duration longest) {
    return new CircuitBreaker(failures, shortest, longest);
  }

  /// Whether a request may be sent now. Its end is to be told to one of [#succeeded], [#failed] and
  /// [#abandoned].
  boolean tryPass(long now) {
    lock.lock();
    try {
      if (state == State.OPEN && now - probeAt >= 0) {
        state = State.HALF_OPEN;
        return true;
      }
      return state == State.CLOSED;
    } finally {
      lock.unlock();
    }
  }

  /// Whether [#tryPass] would refuse a request now.
  boolean blocks(long now) {
    lock.lock();
    try {
      return state == State.HALF_OPEN || (state == State.OPEN && now - probeAt < 0);
    } finally {
      lock.unlock();
    }
  }

  /// The server answered.
  void succeeded() {
    lock.lock();
    try {
      state = State.CLOSED;
      failures = 0;
      openNanos = shortestNanos;
    } finally {
      lock.unlock();
    }
  }

  /// The server did not answer, or did in distress.
  void failed(long now) {
    lock.lock();
    try {
      failures++;
      if (state == State.HALF_OPEN) {
        openNanos = Math.min(openNanos * 2, longestNanos);
        open(now + openNanos);
      } else if (state == State.CLOSED && failures >= maxFailures) {
        open(now + openNanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /// The request was given up before anything could be learnt from it.
  void abandoned(long now) {
    lock.lock();
    try {
      if (state == State.HALF_OPEN) {
        open(now);
      }
    } finally {
      lock.unlock();
    }
  }

  private void open(long until) {
    state = State.OPEN;
    probeAt = until;
  }

  State state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }
}
