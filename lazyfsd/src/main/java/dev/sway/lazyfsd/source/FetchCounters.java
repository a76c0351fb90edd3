package dev.sway.lazyfsd.source;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// What it took to serve one image's chunks. Thread-safe; counts only grow.
public final class FetchCounters {
  private final LongAdder bytes = new LongAdder();
  private final LongAdder requests = new LongAdder();
  private final LongAdder repairs = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicReference<@Nullable Throwable> lastFailure = new AtomicReference<>();
  private final @Nullable FetchCounters whole;

  public FetchCounters() {
    this.whole = null;
  }

  private FetchCounters(FetchCounters whole) {
    this.whole = whole;
  }

  /// Counters of a part of what these count.
  public FetchCounters part() {
    return new FetchCounters(this);
  }

  /// The counts at one moment.
  ///
  /// @param bytes fetched from sources
  /// @param requests that fetched them
  /// @param repairs damaged copies in the cache that were fetched anew
  /// @param failures reads that ended with an error
  public record Snapshot(long bytes, long requests, long repairs, long failures) {
    /// Before anything was fetched.
    public static final Snapshot NONE = new Snapshot(0, 0, 0, 0);

    /// What came since `earlier`.
    public Snapshot since(Snapshot earlier) {
      return new Snapshot(
          bytes - earlier.bytes,
          requests - earlier.requests,
          repairs - earlier.repairs,
          failures - earlier.failures);
    }
  }

  public void fetched(int count) {
    bytes.add(count);
    requests.increment();
    if (whole != null) {
      whole.fetched(count);
    }
  }

  public void repaired() {
    repairs.increment();
    if (whole != null) {
      whole.repaired();
    }
  }

  public void failed(Throwable cause) {
    lastFailure.set(cause);
    failures.increment();
  }

  public Snapshot snapshot() {
    return new Snapshot(bytes.sum(), requests.sum(), repairs.sum(), failures.sum());
  }

  /// Why a read failed last; null where none did.
  public @Nullable Throwable lastFailure() {
    return lastFailure.get();
  }
}
