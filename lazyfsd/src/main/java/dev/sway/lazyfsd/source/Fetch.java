package dev.sway.lazyfsd.source;

import dev.sway.formats.failure.CorruptException;
import dev.sway.lazyfsd.source.PackSource.Check;
import dev.sway.lazyfsd.source.http.Blame;
import dev.sway.lazyfsd.source.http.BlobRange;
import dev.sway.lazyfsd.source.http.RangeFailure;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One range on its way from whichever source gives it. The thread that wants it waits here, and is
/// the only one that looks at what came; requests run on threads of their own, so that one that
/// hangs, be it in a name server, is left behind.
final class Fetch<T> {
  /// How long to wait for a slot of the best source before one of another is taken.
  private static final long SLOT_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final int LOOKS_PER_STALL = 4;

  /// A request, a second one on another connection to the same source, and one to another source.
  private static final int MAX_LIVE = 3;

  private final PackSources sources;
  private final BlobRange range;
  private final Urgency urgency;
  private final FetchCounters counters;
  private final Check<T> check;
  private final Candidates candidates;
  private final SecondRequest second;
  private final long began = System.nanoTime();
  private final long deadline;
  private final List<Attempt> live = new ArrayList<>(MAX_LIVE);
  private final BlockingQueue<Attempt> ended = new LinkedBlockingQueue<>(MAX_LIVE);

  /// What the check made of a body.
  private record Accepted<T>(T value) {}

  Fetch(
      PackSources sources,
      BlobRange range,
      Urgency urgency,
      FetchCounters counters,
      Check<T> check) {
    this.sources = sources;
    this.range = range;
    this.urgency = urgency;
    this.counters = counters;
    this.check = check;
    candidates = new Candidates(sources.remotes(), range);
    deadline = began + sources.deadlineNanos(urgency);
    second = new SecondRequest(sources, candidates, urgency, deadline);
  }

  T run() throws IOException {
    try {
      for (int round = 0; ; round++) {
        candidates.newRound();
        Accepted<T> accepted = round();
        if (accepted != null) {
          return accepted.value();
        }
        if (candidates.exhausted()) {
          throw failure();
        }
        checkTime();
        Backoff.pause(round, deadline);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException)
          new InterruptedIOException("interrupted while waiting for " + what()).initCause(e);
    } finally {
      leave();
    }
  }

  private String what() {
    return "bytes " + range + " of pack " + range.blob();
  }

  private IOException failure() {
    return candidates.failure(Duration.ofNanos(System.nanoTime() - began));
  }

  /// Asks each source once, until one gives the right bytes.
  private @Nullable Accepted<T> round() throws IOException, InterruptedException {
    while (true) {
      checkTime();
      if (startNext() == null) {
        return null;
      }
      Accepted<T> accepted = await();
      if (accepted != null) {
        return accepted;
      }
    }
  }

  private void checkTime() throws IOException {
    if (sources.closed()) {
      throw new IOException("the sources are closed");
    }
    if (System.nanoTime() - deadline >= 0) {
      throw failure();
    }
  }

  /// The sources that may be asked now, best first. Those that limp are left out where others do
  /// not, however much those have to do.
  private List<RemoteSource> ready() {
    long now = System.nanoTime();
    List<RemoteSource> ready = candidates.open();
    ready.removeIf(source -> source.breaker().blocks(now));
    List<RemoteSource> steady = new ArrayList<>(ready);
    steady.removeIf(source -> source.pace().limps(now));
    return steady.isEmpty() ? ready : steady;
  }

  /// Sends a request to the best source that takes one.
  ///
  /// @return null where none is left in this round
  private @Nullable Attempt startNext() throws IOException, InterruptedException {
    while (true) {
      checkTime();
      List<RemoteSource> open = ready();
      if (open.isEmpty()) {
        return null;
      }
      for (RemoteSource source : open) {
        if (source.slots().tryAcquire(urgency)) {
          Attempt started = start(source, false);
          if (started != null) {
            return started;
          }
        }
      }
      RemoteSource best = open.getFirst();
      long patience = Math.min(SLOT_PATIENCE_NANOS, deadline - System.nanoTime());
      if (!best.breaker().blocks(System.nanoTime()) && best.slots().acquire(urgency, patience)) {
        Attempt started = start(best, false);
        if (started != null) {
          return started;
        }
      }
    }
  }

  /// Sends a request to `source`, of which a slot is taken.
  ///
  /// @return null where the source's breaker does not let it; the slot is then given back
  private @Nullable Attempt start(RemoteSource source, boolean hedge) throws IOException {
    boolean passed = false;
    boolean started = false;
    try {
      passed = source.tryPass(System.nanoTime());
      if (!passed) {
        return null;
      }
      AttemptLimits limits = sources.limits(source, range.length(), urgency);
      Attempt attempt = new Attempt(source, urgency, range, limits, sources.buffers(), ended);
      sources.start(attempt);
      started = true;
      candidates.asked(source);
      source.requested(hedge);
      live.add(attempt);
      return attempt;
    } finally {
      if (!started) {
        source.slots().release(urgency);
        if (passed) {
          source.abandoned(System.nanoTime());
        }
      }
    }
  }

  /// Waits until a request has given the right bytes, or none is under way any more.
  private @Nullable Accepted<T> await() throws IOException, InterruptedException {
    if (urgency == Urgency.ON_DEMAND) {
      sources.hedges().requested();
    }
    Absence absence = new Absence();
    // Each look is of one moment, and the next wait begins with it: wherever this thread stands
    // still, that time counts as lost, and no source is judged by it.
    long looked = System.nanoTime();
    while (!live.isEmpty()) {
      long wait = absence.patience(waitNanos(looked), deadline - looked);
      Attempt done = ended.poll(wait, TimeUnit.NANOSECONDS);
      long from = looked;
      looked = System.nanoTime();
      if (done != null) {
        Accepted<T> accepted = settleAmongOthers(done);
        if (accepted != null) {
          return accepted;
        }
        continue;
      }
      long lost = absence.over(from, wait, looked);
      if (lost > 0) {
        live.forEach(attempt -> attempt.lost(lost));
      }
      if (!absence.isCatchingUp()) {
        checkTime();
        giveUpOverdue(looked);
        askSecond(looked);
      }
    }
    return null;
  }

  /// Looks at a request that has ended. Where it gave the right bytes before one that began sooner,
  /// that one's source was outrun.
  private @Nullable Accepted<T> settleAmongOthers(Attempt done) {
    Attempt first = live.getFirst();
    Accepted<T> accepted = settle(done);
    if (accepted != null && live.contains(first) && first.source() != done.source()) {
      first.source().outrun(range);
    }
    return accepted;
  }

  /// Sends a second request where the first takes too long.
  private void askSecond(long now) throws IOException {
    if (ofOneSource()) {
      boolean alone = live.size() == 1;
      RemoteSource other = second.choose(live.getFirst(), alone, watchNanos(), now);
      if (other != null) {
        start(other, true);
      }
    }
  }

  /// Whether something is under way, and no source but one was asked for it.
  private boolean ofOneSource() {
    return !live.isEmpty() && live.getFirst().source() == live.getLast().source();
  }

  /// How long to wait for an end before something else is to be done.
  private long waitNanos(long now) {
    long wait = Math.min(deadline - now, watchNanos());
    return ofOneSource() ? Math.min(wait, second.waitNanos(live.getFirst(), now)) : wait;
  }

  /// How often to look at what is under way.
  private long watchNanos() {
    long shortest = Long.MAX_VALUE;
    for (Attempt attempt : live) {
      shortest = Math.min(shortest, attempt.limits().stallNanos() / LOOKS_PER_STALL);
    }
    return shortest;
  }

  private void giveUpOverdue(long now) {
    for (Attempt attempt : List.copyOf(live)) {
      String reason = attempt.overdue(now);
      if (reason != null && attempt.giveUp()) {
        live.remove(attempt);
        failed(attempt.source(), new RangeFailure(Blame.CONNECTION, reason));
      }
    }
  }

  private void failed(RemoteSource source, RangeFailure failure) {
    source.failed(range, failure);
    candidates.failed(source, failure);
  }

  /// Looks at a request that has ended.
  private @Nullable Accepted<T> settle(Attempt attempt) {
    live.remove(attempt);
    RemoteSource source = attempt.source();
    try {
      RangeFailure failure = attempt.failure();
      if (failure != null) {
        failed(source, failure);
        return null;
      }
      source.answered(range, attempt.nanos());
      counters.fetched(range.length());
      T value = check.accept(attempt.body(), "pack " + range.blob() + " from " + source);
      candidates.proved(source);
      sources.gave(source);
      return new Accepted<>(value);
    } catch (CorruptException e) {
      counters.repaired();
      source.damaged(range, e.getMessage());
      candidates.damaged(source, e);
      return null;
    } finally {
      attempt.release();
    }
  }

  /// Gives up what is still under way.
  private void leave() {
    for (Attempt attempt : live) {
      RemoteSource source = attempt.source();
      if (attempt.giveUp()) {
        long now = System.nanoTime();
        boolean late = now - deadline >= 0 && now - attempt.began() >= sources.overdueNanos();
        if (late && attempt == live.getFirst()) {
          source.late(range);
        } else {
          source.abandoned(now);
        }
        continue;
      }
      RangeFailure failure = attempt.failure();
      if (failure != null) {
        source.failed(range, failure);
      } else {
        source.answered(range, attempt.nanos());
      }
      attempt.release();
    }
    live.clear();
  }
}
