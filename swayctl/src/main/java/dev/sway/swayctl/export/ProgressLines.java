package dev.sway.swayctl.export;

import dev.sway.formats.image.BuildProgress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Shows how an export goes on. On a terminal one line is written again and again, and stays when
/// its phase is done; elsewhere each phase is one line when it is done, and one more for each ten
/// seconds that it lasts.
///
/// Thread-safe.
public final class ProgressLines implements BuildProgress, AutoCloseable {
  private static final Duration TERMINAL_PERIOD = Duration.ofMillis(100);
  private static final Duration PLAIN_PERIOD = Duration.ofSeconds(10);
  private static final String CLEAR_LINE = "\r\033[K";

  private final ReentrantLock lock = new ReentrantLock();
  private final PrintStream err;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private String phase = "";
  private long total;
  private long done;
  private long started;
  private long shown;

  /// @param err where the lines go
  /// @param terminal whether that is a terminal
  /// @param nanoTime the clock, [System#nanoTime]
  public ProgressLines(PrintStream err, boolean terminal, LongSupplier nanoTime) {
    this.err = err;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
  }

  @Override
  public void phase(String name, long totalBytes) {
    locked(() -> {
      complete();
      phase = name;
      total = totalBytes;
      done = 0;
      started = nanoTime.getAsLong();
      shown = started;
      if (terminal) {
        show();
      }
    });
  }

  @Override
  public void advance(long bytes) {
    locked(() -> {
      done += bytes;
      long period = (terminal ? TERMINAL_PERIOD : PLAIN_PERIOD).toNanos();
      if (!phase.isEmpty() && nanoTime.getAsLong() - shown >= period) {
        show();
      }
    });
  }

  @Override
  public void notice(String text) {
    locked(() -> {
      clear();
      err.println(text);
    });
  }

  /// The last phase is done.
  public void finish() {
    locked(this::complete);
  }

  /// Takes a line away that is not finished, so that a failure's message can follow. Idempotent.
  @Override
  public void close() {
    locked(() -> {
      clear();
      phase = "";
      err.flush();
    });
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
    } finally {
      lock.unlock();
    }
  }

  private void show() {
    shown = nanoTime.getAsLong();
    line(
        "%s of %s%s%s"
            .formatted(
                ByteSize.text(done), ByteSize.text(Math.max(done, total)), rate(), remaining()));
    if (!terminal) {
      err.println();
    }
    err.flush();
  }

  private void complete() {
    if (!phase.isEmpty()) {
      line("%s in %.1f s%s".formatted(ByteSize.text(done), seconds(), rate()));
      err.println();
      err.flush();
      phase = "";
    }
  }

  private void line(String text) {
    clear();
    err.print(String.format(Locale.ROOT, "%-10s %s", phase, text));
  }

  private void clear() {
    if (terminal && !phase.isEmpty()) {
      err.print(CLEAR_LINE);
    }
  }

  /// Empty while too little time has passed for a rate that means something.
  private String rate() {
    return seconds() < 0.1 ? "" : ", " + ByteSize.text((long) (done / seconds())) + "/s";
  }

  /// Empty while there is nothing to tell it from.
  private String remaining() {
    return seconds() < 1 || done == 0 || done >= total
        ? ""
        : String.format(Locale.ROOT, ", %.0f s left", (total - done) * seconds() / done);
  }

  private double seconds() {
    return (nanoTime.getAsLong() - started) / 1e9;
  }
}
