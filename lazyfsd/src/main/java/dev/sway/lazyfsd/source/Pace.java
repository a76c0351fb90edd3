package dev.sway.lazyfsd.source;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Whether one server is about as fast as those that are asked after it. One that was outrun by
/// them limps: it is asked after them, until one request that tries it again is in time. This is
/// about the order only; a server that limps is better than none, and one that has no other to be
/// outrun by never limps for being slow.
///
/// An answer proves something about ranges of its size and smaller ones: a server with little
/// bandwidth gives small ranges in time.
///
/// Thread-safe. Times are those of [System#nanoTime].
final class Pace {
  /// As many in a row, and it limps.
  static final int OUTRUNS = 3;

  /// As many, and it may be that it does.
  private static final int DOUBTS = 2;

  /// How long it limps before it is tried again, doubled with each trial that is outrun. There is
  /// somebody else to ask, and each trial keeps a reader waiting.
  static final Duration SHORTEST = Duration.ofSeconds(1);

  static final Duration LONGEST = Duration.ofSeconds(60);

  /// How often it is found out whether another server is faster, beyond what hedges find out.
  static final Duration BETWEEN_RACES = Duration.ofSeconds(60);

  /// The same where a reader would get nothing otherwise. Not all who wait are helped at once: what
  /// many wait for may be a link that all servers are behind.
  static final Duration BETWEEN_RESCUES = Duration.ofSeconds(1);

  private final CircuitBreaker breaker = CircuitBreaker.of(OUTRUNS, SHORTEST, LONGEST);

  /// Since it was in time last.
  private final AtomicInteger outruns = new AtomicInteger();

  /// Of the shortest of those ranges.
  private final AtomicInteger outrunLength = new AtomicInteger(Integer.MAX_VALUE);

  private final AtomicLong lastRaceAt = new AtomicLong(System.nanoTime() - BETWEEN_RACES.toNanos());

  /// Whether others are to be asked first.
  boolean limps(long now) {
    return breaker.blocks(now);
  }

  /// Whether it may limp, so that nothing speaks against asking others for what it is slow with.
  boolean doubtful() {
    return outruns.get() >= DOUBTS;
  }

  /// Whether it is asked as it stands in the order.
  boolean steady() {
    return breaker.state() == CircuitBreaker.State.CLOSED;
  }

  /// Whether another server may be asked for what this one is slow with, only to find out which is
  /// faster: once in a while, and at once after one that was.
  ///
  /// @param rescue whether what is asked for would come too late otherwise
  boolean tryRace(boolean rescue, long now) {
    Duration between = rescue ? BETWEEN_RESCUES : BETWEEN_RACES;
    long last = lastRaceAt.get();
    return now - last >= between.toNanos() && lastRaceAt.compareAndSet(last, now);
  }

  /// A request is sent, whose end is to be told to one of [#inTime], [#outrun] and [#abandoned].
  void asked(long now) {
    var _ = breaker.tryPass(now);
  }

  /// It gave `length` bytes before another was asked, or before that one did.
  void inTime(int length, long now) {
    if (length < outrunLength.get()) {
      abandoned(now);
    } else if (breaker.state() != CircuitBreaker.State.OPEN) {
      outruns.set(0);
      outrunLength.set(Integer.MAX_VALUE);
      breaker.succeeded();
    }
  }

  /// Another was asked for the same `length` bytes later and gave them first.
  void outrun(int length, long now) {
    outruns.incrementAndGet();
    outrunLength.accumulateAndGet(length, Math::min);
    lastRaceAt.set(now - BETWEEN_RACES.toNanos());
    breaker.failed(now);
  }

  /// The request ended without telling anything about speed.
  void abandoned(long now) {
    breaker.abandoned(now);
  }
}
