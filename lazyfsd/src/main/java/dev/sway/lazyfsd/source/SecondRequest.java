package dev.sway.lazyfsd.source;

import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// When and where one fetch asks for what is on its way already. Used by one thread.
final class SecondRequest {
  /// A look at what came is taken when all but that share of the time is over.
  private static final int LAST_LOOK = 4;

  /// Between two looks lies that share of a request's age at least.
  private static final int LOOKS_PER_AGE = 8;

  private final PackSources sources;
  private final Candidates candidates;
  private final Urgency urgency;
  private final long deadline;

  /// What this is about: the request that was sent first of those that are under way.
  private @Nullable Attempt first;

  private int received;
  private long lookedAt;
  private boolean moving;
  private long notBefore;

  SecondRequest(PackSources sources, Candidates candidates, Urgency urgency, long deadline) {
    this.sources = sources;
    this.candidates = candidates;
    this.urgency = urgency;
    this.deadline = deadline;
    notBefore = System.nanoTime();
  }

  /// When to call [#choose] next, from now.
  long waitNanos(Attempt attempt, long now) {
    long after = afterNanos(attempt.source(), attempt.length());
    long lookAt = attempt.began() + after - after / LAST_LOOK;
    long dueAt = now - lookAt < 0 ? lookAt : attempt.began() + after;
    return Math.max(dueAt, notBefore) - now;
  }

  /// How long a request for `length` bytes is left alone.
  private long afterNanos(RemoteSource source, int length) {
    long slow = source.latency().slowNanos(length);
    if (source.pace().doubtful()) {
      return Math.min(Math.min(slow, Latency.UNKNOWN.toNanos()), sources.overdueNanos());
    }
    return urgency == Urgency.ON_DEMAND
        ? Math.min(slow, sources.overdueNanos())
        : sources.overdueNanos();
  }

  /// Whom to ask now for what `attempt` is to give; a slot is taken.
  ///
  /// @param alone whether its source was asked once only
  /// @param retryNanos how long to wait before this is asked again
  /// @return null where nobody is to be asked
  @Nullable RemoteSource choose(Attempt attempt, boolean alone, long retryNanos, long now) {
    RemoteSource slow = attempt.source();
    long age = now - attempt.began();
    look(attempt, age, now);
    if (age < afterNanos(slow, attempt.length()) || now - notBefore < 0) {
      return null;
    }
    notBefore = now + retryNanos;
    Progress progress =
        new Progress(age, deadline - now, attempt.received(), attempt.length(), moving);
    boolean rescue = age >= sources.overdueNanos() && progress.late();
    RemoteSource other = other(slow, rescue, now);
    if (other == null) {
      // What goes on and comes in time would come no sooner on two connections.
      boolean helps = alone && (!moving || progress.late());
      return helps && slotIf(slow, this::spend) ? slow : null;
    }
    boolean sure = slow.kind() == SourceKind.PEER || slow.pace().doubtful();
    if (!sure && progress.betterAlone()) {
      return null;
    }
    return slotIf(other, () -> sure || spend() || slow.pace().tryRace(rescue, now)) ? other : null;
  }

  /// Finds out whether something came since the last look.
  private void look(Attempt attempt, long age, long now) {
    if (attempt == first && now - lookedAt < age / LOOKS_PER_AGE) {
      return;
    }
    int count = attempt.received();
    moving = count > (attempt == first ? received : 0);
    first = attempt;
    received = count;
    lookedAt = now;
  }

  /// Another source: no peer, which may hang as well, and none that limps or was asked in this
  /// round, as long as there is time.
  private @Nullable RemoteSource other(RemoteSource slow, boolean rescue, long now) {
    List<RemoteSource> others = rescue ? candidates.sound() : candidates.openAndSound();
    others.removeIf(source ->
        source == slow
            || source.kind() == SourceKind.PEER
            || source.breaker().blocks(now)
            || (!rescue && source.pace().limps(now)));
    others.sort(Comparator.comparing(source -> source.pace().limps(now)));
    return others.isEmpty() ? null : others.getFirst();
  }

  /// Whether the budget has one for what a process waits for.
  private boolean spend() {
    return urgency == Urgency.ON_DEMAND && sources.hedges().trySpend();
  }

  /// Takes a slot of `source` if there is one and `allowed` says so.
  private boolean slotIf(RemoteSource source, BooleanSupplier allowed) {
    if (!source.slots().tryAcquire(urgency)) {
      return false;
    }
    boolean taken = allowed.getAsBoolean();
    if (!taken) {
      source.slots().release(urgency);
    }
    return taken;
  }
}
