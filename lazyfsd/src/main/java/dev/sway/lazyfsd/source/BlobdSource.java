package dev.sway.lazyfsd.source;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.PackReference;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Ranges from blobd. A server that cannot be reached is asked again for a while: it may be
/// restarting. One that accepts connections and says nothing is not: a process that waits for its
/// bytes cannot even be killed meanwhile.
public final class BlobdSource implements PackSource {
  private static final System.Logger LOG = System.getLogger(BlobdSource.class.getName());

  /// Pauses before the second, third... attempt: 3.1 s in all, beside what the attempts take.
  private static final long[] PAUSES_MILLIS = {100, 300, 700, 2000};

  /// No attempt is begun later than this after the first.
  private static final long LAST_ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final BlobClient client;

  /// @param client stays the caller's to close
  public BlobdSource(BlobClient client) {
    this.client = client;
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
    String where = "pack " + pack.digest() + " from " + this;
    try {
      return check.accept(range(pack, offset, length, counters), where);
    } catch (CorruptException e) {
      // Damage on the way is worth one more attempt; damage at the source stays.
      LOG.log(System.Logger.Level.WARNING, "{0}; fetched again", e.getMessage());
      counters.repaired();
      return check.accept(range(pack, offset, length, counters), where);
    }
  }

  private MemorySegment range(PackReference pack, long offset, int length, FetchCounters counters)
      throws IOException {
    long began = System.nanoTime();
    for (int attempt = 0; ; attempt++) {
      try {
        byte[] body = client.range(pack.digest(), offset, length);
        counters.fetched(body.length);
        return MemorySegment.ofArray(body);
      } catch (SwayException e) {
        if (e.kind() != FailureKind.BLOBD_UNREACHABLE
            || attempt == PAUSES_MILLIS.length
            || System.nanoTime() - began > LAST_ATTEMPT_NANOS) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSES_MILLIS[attempt]));
        if (Thread.currentThread().isInterrupted()) {
          throw (InterruptedIOException)
              new InterruptedIOException("interrupted while blobd was unreachable").initCause(e);
        }
      }
    }
  }

  @Override
  public String toString() {
    return client.toString();
  }
}
