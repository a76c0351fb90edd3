package dev.sway.lazyfsd.chunk;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.PackReference;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Ranges from blobd. A server that cannot be reached is asked again for a while: it may be
/// restarting. One that accepts connections and says nothing is not: a process that waits for its
/// bytes cannot even be killed meanwhile.
public final class BlobdRanges implements RangeSource {
  /// Pauses before the second, third... attempt: 3.1 s in all, beside what the attempts take.
  private static final long[] PAUSES_MILLIS = {100, 300, 700, 2000};

  /// No attempt is begun later than this after the first.
  private static final long LAST_ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final BlobClient client;

  /// @param client stays the caller's to close
  public BlobdRanges(BlobClient client) {
    this.client = client;
  }

  @Override
  public byte[] range(PackReference pack, long offset, int length) throws IOException {
    long began = System.nanoTime();
    for (int attempt = 0; ; attempt++) {
      try {
        return client.range(pack.digest(), offset, length);
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
