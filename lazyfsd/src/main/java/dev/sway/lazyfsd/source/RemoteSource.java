package dev.sway.lazyfsd.source;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.source.http.Blame;
import dev.sway.lazyfsd.source.http.BlobRange;
import dev.sway.lazyfsd.source.http.RangeClient;
import dev.sway.lazyfsd.source.http.RangeFailure;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/// One server: how to ask it, and what is known of it. Thread-safe.
final class RemoteSource implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RemoteSource.class.getName());

  private static final int MAX_IDLE_CONNECTIONS = 16;

  private final SourceKind kind;
  private final String name;
  private final RangeClient client;
  private final CircuitBreaker breaker;
  private final Pace pace = new Pace();
  private final RequestSlots slots = new RequestSlots();
  private final Latency latency = new Latency();
  private final Quarantine quarantine = Quarantine.ofBad(Ticker.systemTicker());

  /// What a peer said that it does not have.
  private final Quarantine absent = Quarantine.ofAbsent(Ticker.systemTicker());

  private final LongAdder requests = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder hedges = new LongAdder();
  private final LongAdder quarantines = new LongAdder();
  private volatile String lastFailure = "not asked";

  RemoteSource(SourceKind kind, URI url, Optional<String> token) throws SwayException {
    this.kind = kind;
    name = kind + " at " + url;
    client = RangeClient.open(kind.toString(), url, token, MAX_IDLE_CONNECTIONS);
    breaker = kind.breaker();
  }

  SourceKind kind() {
    return kind;
  }

  RangeClient client() {
    return client;
  }

  RequestSlots slots() {
    return slots;
  }

  Latency latency() {
    return latency;
  }

  /// Whether its copy of `range` was bad or absent not long ago, so that others are asked first.
  boolean suspect(BlobRange range) {
    return quarantine.has(range.blob(), range.offset()) || absent.has(range.blob(), range.offset());
  }

  /// Whether it had nothing of `pack`, or only what is bad, not long ago.
  boolean lacks(Digest pack) {
    return quarantine.hasAll(pack) || absent.hasAll(pack);
  }

  /// What it gave was right.
  ///
  /// @param suspect whether that was not to be expected
  void proved(BlobRange range, boolean suspect) {
    if (suspect) {
      quarantine.release(range.blob(), range.offset());
    }
    absent.release(range.blob(), range.offset());
  }

  /// Whether requests are sent, now or at their turn.
  CircuitBreaker breaker() {
    return breaker;
  }

  /// Whether it is asked before those that come after it.
  Pace pace() {
    return pace;
  }

  /// A request is sent, if the breaker lets it.
  boolean tryPass(long now) {
    boolean passed = breaker.tryPass(now);
    if (passed) {
      pace.asked(now);
    }
    return passed;
  }

  /// A request that was sent was given up before anything could be learnt from it.
  void abandoned(long now) {
    breaker.abandoned(now);
    pace.abandoned(now);
  }

  /// Why it failed last.
  String lastFailure() {
    return lastFailure;
  }

  void requested(boolean hedge) {
    requests.increment();
    if (hedge) {
      hedges.increment();
    }
  }

  void received(int count) {
    bytes.add(count);
  }

  /// It gave a range of the right length.
  void answered(BlobRange range, long nanos) {
    if (breaker.state() != CircuitBreaker.State.CLOSED) {
      LOG.log(Level.INFO, "{0} answers again", name);
    }
    breaker.succeeded();
    latency.took(range.length(), nanos);
    boolean wasSteady = pace.steady();
    pace.inTime(range.length(), System.nanoTime());
    if (!wasSteady && pace.steady()) {
      LOG.log(Level.INFO, "{0} is as fast as others again", name);
    }
  }

  /// It did not.
  void failed(BlobRange range, RangeFailure failure) {
    lastFailure = failure.getMessage();
    pace.abandoned(System.nanoTime());
    boolean absentRange = failure.blame() == Blame.ABSENT_RANGE;
    if (kind == SourceKind.PEER && (absentRange || failure.blame() == Blame.ABSENT)) {
      misses.increment();
      breaker.succeeded();
      if (absentRange) {
        absent.range(range.blob(), range.offset());
      } else {
        absent.pack(range.blob());
      }
      return;
    }
    failures.increment();
    switch (failure.blame()) {
      case CONNECTION, TOKEN -> unwell();
      case ABSENT, ABSENT_RANGE, BLOB, RANGE -> {
        breaker.succeeded();
        quarantine(range, failure.blame(), failure.getMessage());
      }
    }
  }

  /// Another source was asked for `range` later, because this one was slow, and answered first. Of
  /// a peer, which is there to be fast, that is as bad as no answer.
  void outrun(BlobRange range) {
    tooSlow(range, "slower than another source that was asked later");
  }

  /// It was still at `range` when the time was over.
  void late(BlobRange range) {
    tooSlow(range, "did not give all of a range by the deadline");
  }

  private void tooSlow(BlobRange range, String reason) {
    long now = System.nanoTime();
    failures.increment();
    lastFailure = reason;
    if (kind == SourceKind.PEER) {
      unwell();
      return;
    }
    breaker.abandoned(now);
    boolean wasSteady = pace.steady();
    pace.outrun(range.length(), now);
    if (wasSteady && !pace.steady()) {
      LOG.log(Level.WARNING, "{0} is asked after others for now: {1}", name, lastFailure);
    }
  }

  private void unwell() {
    boolean wasClosed = breaker.state() == CircuitBreaker.State.CLOSED;
    breaker.failed(System.nanoTime());
    if (wasClosed && breaker.state() == CircuitBreaker.State.OPEN) {
      LOG.log(Level.WARNING, "{0} is asked less for now: {1}", name, lastFailure);
    }
  }

  /// What it gave was not what the digest says.
  void damaged(BlobRange range, String reason) {
    failures.increment();
    lastFailure = reason;
    quarantine(range, Blame.RANGE, reason);
  }

  private void quarantine(BlobRange range, Blame blame, String reason) {
    quarantines.increment();
    if (blame == Blame.RANGE) {
      quarantine.range(range.blob(), range.offset());
    } else {
      quarantine.pack(range.blob());
    }
    LOG.log(
        Level.WARNING,
        "the copy of pack {0} of {1} is put aside for {2} s, at {3}: {4}",
        range.blob(),
        name,
        Quarantine.TERM.toSeconds(),
        range,
        reason);
  }

  private String state() {
    CircuitBreaker.State state = breaker.state();
    return state == CircuitBreaker.State.CLOSED && !pace.steady()
        ? "slow"
        : state.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  SourceStatus status() {
    return new SourceStatus(
        name,
        state(),
        requests.sum(),
        bytes.sum(),
        failures.sum(),
        misses.sum(),
        hedges.sum(),
        quarantines.sum());
  }

  @Override
  public void close() {
    client.close();
  }

  @Override
  public String toString() {
    return name;
  }
}
