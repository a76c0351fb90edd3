package dev.sway.lazyfsd.source;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.source.http.BlobRange;
import dev.sway.lazyfsd.source.http.Span;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/// The servers that have packs, in the order in which they are asked.
///
/// The check of a fetch is called by the thread that fetches, once at a time, for one copy after
/// the other. A fetch ends by the read deadline whatever the servers do, four times that where
/// nobody waits for it, and soon after its thread is interrupted. It ends before that where every
/// source has said that it does not have the bytes, or has given wrong ones.
///
/// Thread-safe; [#close] is idempotent and ends what is under way with an error.
public final class PackSources implements PackSource, AutoCloseable {
  /// How much longer a fetch may take that no process waits for.
  private static final int PATIENCE = 4;

  private static final int OVERDUES_PER_DEADLINE = 4;

  private final List<RemoteSource> remotes;
  private final long deadlineNanos;
  private final BufferPool buffers = new BufferPool();
  private final HedgeBudget hedges = new HedgeBudget();
  private final LatestGivers latest = new LatestGivers();
  private final Set<Attempt> running = ConcurrentHashMap.newKeySet();

  /// Platform threads: they block in system calls and in name servers, and cost less at that. There
  /// are as many as sources have slots, and those that end.
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("source-", 0).factory());

  private volatile boolean closed;

  private PackSources(List<RemoteSource> remotes, long deadlineNanos) {
    this.remotes = remotes;
    this.deadlineNanos = deadlineNanos;
  }

  /// The sources that `config` names. None is called before something is fetched.
  ///
  /// @throws SwayException of kind `usage` where an address, the token or the deadline cannot be
  ///   used
  public static PackSources open(SourceConfig config) throws SwayException {
    config.check();
    List<RemoteSource> remotes = new ArrayList<>();
    for (URI peer : config.peers()) {
      remotes.add(new RemoteSource(SourceKind.PEER, peer, Optional.empty()));
    }
    for (URI mirror : config.mirrors()) {
      remotes.add(new RemoteSource(SourceKind.MIRROR, mirror, Optional.empty()));
    }
    remotes.add(new RemoteSource(SourceKind.BLOBD, config.blobd(), config.token()));
    return new PackSources(List.copyOf(remotes), config.readDeadline().toNanos());
  }

  @Override
  public <T> T fetch(
      PackReference pack,
      long offset,
      int length,
      Urgency urgency,
      FetchCounters counters,
      Check<T> check)
      throws IOException {
    return fetch(pack, List.of(new Span(offset, length)), urgency, counters, check);
  }

  @Override
  public <T> T fetch(
      PackReference pack,
      List<Span> needed,
      Urgency urgency,
      FetchCounters counters,
      Check<T> check)
      throws IOException {
    BlobRange range = new BlobRange(pack.digest(), pack.size(), needed);
    return new Fetch<>(this, range, urgency, counters, check).run();
  }

  /// That is what the slowest of those servers says from which the bytes may well come: the first
  /// that is asked for `pack`, and those that gave what others before it did not have. A peer may
  /// have any part of a pack.
  @Override
  public long slowNanos(PackReference pack, int length) {
    long now = System.nanoTime();
    long slow = 0;
    for (RemoteSource remote : remotes) {
      boolean mayGive =
          !remote.breaker().blocks(now)
              && !remote.pace().limps(now)
              && !remote.lacks(pack.digest());
      if (mayGive && (slow == 0 || latest.has(remote))) {
        slow = Math.max(slow, remote.latency().slowNanos(length));
      }
    }
    return slow == 0 ? Latency.UNKNOWN.toNanos() : slow;
  }

  /// What a fetch wanted has come from `source`.
  void gave(RemoteSource source) {
    latest.gave(source);
  }

  /// What each server was asked for and gave, in their order.
  public List<SourceStatus> status() {
    return remotes.stream().map(RemoteSource::status).toList();
  }

  /// Leaves memory that is kept for later to the collector.
  public void trim() {
    buffers.trim();
  }

  List<RemoteSource> remotes() {
    return remotes;
  }

  BufferPool buffers() {
    return buffers;
  }

  HedgeBudget hedges() {
    return hedges;
  }

  boolean closed() {
    return closed;
  }

  long deadlineNanos(Urgency urgency) {
    return switch (urgency) {
      case ON_DEMAND, READ_AHEAD -> deadlineNanos;
      case PREFETCH, BACKGROUND -> deadlineNanos * PATIENCE;
    };
  }

  /// After how long a request without an end is one too many to wait for, if another source can be
  /// asked: there is to be time left for that one.
  long overdueNanos() {
    return deadlineNanos / OVERDUES_PER_DEADLINE;
  }

  /// How long `source` may take for `length` bytes.
  AttemptLimits limits(RemoteSource source, int length, Urgency urgency) {
    return AttemptLimits.of(source.kind(), length, deadlineNanos, deadlineNanos(urgency));
  }

  /// Runs `attempt` on a thread of its own.
  void start(Attempt attempt) throws IOException {
    running.add(attempt);
    boolean started = false;
    try {
      threads.execute(() -> {
        try {
          attempt.run();
        } finally {
          running.remove(attempt);
        }
      });
      started = true;
    } catch (RejectedExecutionException e) {
      throw new IOException("the sources are closed", e);
    } finally {
      if (!started) {
        running.remove(attempt);
        attempt.release();
      }
    }
    if (closed) {
      attempt.cancel();
    }
  }

  @Override
  public void close() {
    closed = true;
    running.forEach(Attempt::cancel);
    threads.shutdown();
    remotes.forEach(RemoteSource::close);
  }

  @Override
  public String toString() {
    return remotes.toString();
  }
}
