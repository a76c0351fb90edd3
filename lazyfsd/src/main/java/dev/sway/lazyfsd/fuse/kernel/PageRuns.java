package dev.sway.lazyfsd.fuse.kernel;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Notices readers for whom the kernel asks for one page of a file after the other, because it may
/// not read ahead, and says what they will want next.
///
/// A run is five pages, so that a read(2) of 16 KiB is none, and what is wanted ahead of it a
/// quarter of what it has. Simulated over the start of a large Python program, which uses 5,676
/// pages of libraries, here and there, and of files that it reads whole, it is asked for 4,185 of
/// them then, and 1.4 % of all is in vain; with half of what it has 3,915 and 2.2 %, with runs of
/// four pages 3,958 and 2.0 %, of eight 4,528 and 1.0 %. Remembers a few readers only; nothing is
/// lost with what it forgets. Thread-safe.
final class PageRuns {
  static final int PAGE = 4096;

  /// How many bytes a run has before anything is wanted ahead of it.
  static final int PROVEN = 5 * PAGE;

  /// How many are wanted at least...
  static final int LEAST_WINDOW = 2 * PAGE;

  /// ... and at most: they take 50 to 100 us to copy, as long as two or three requests.
  static final int MAX_WINDOW = 64 * PAGE;

  /// What is wanted is as much as the run has, divided by this.
  static final int PART = 4;

  /// What a small file has at most.
  static final int SMALL = 32 * PAGE;

  private static final int READERS = 64;

  private final ReentrantLock lock = new ReentrantLock();
  private final Run[] runs = new Run[READERS];
  private long notes;

  PageRuns() {
    for (int i = 0; i < READERS; i++) {
      runs[i] = new Run();
    }
  }

  /// What comes next in a file.
  ///
  /// @param from its first byte, at the beginning of a page
  /// @param length in bytes, whole pages; may reach behind the file's end
  record Next(long from, int length) {}

  /// The pages that one reader was given, and what was wanted behind them.
  private static final class Run {
    private long inode = -1;
    private long next;
    private long bytes;
    private long wantedFrom;
    private long used;

    private void restart(long newInode, long offset) {
      inode = newInode;
      next = offset;
      bytes = 0;
      wantedFrom = offset;
    }

    /// Whether a page comes next, or was on its way when it was asked for.
    private boolean goesOn(long wanted, long offset) {
      return inode == wanted && offset >= wantedFrom && offset <= next;
    }
  }

  /// Tells that the page at `offset` was asked for; answers what is wanted now, or null for
  /// nothing. What is answered counts as read, unless [#failed] says something else.
  @Nullable Next note(long inode, long offset) {
    lock.lock();
    try {
      Run run = of(inode, offset);
      run.used = ++notes;
      if (offset < run.next) {
        return null;
      }
      run.next += PAGE;
      run.bytes += PAGE;
      run.wantedFrom = run.next;
      if (run.bytes < PROVEN) {
        return null;
      }
      int window = window(run.bytes);
      Next wanted = new Next(run.next, window);
      run.next += window;
      run.bytes += window;
      return wanted;
    } finally {
      lock.unlock();
    }
  }

  /// Tells that the first page of a file that is read whole was asked for; answers what is wanted
  /// now, as [#note] does.
  ///
  /// @param size of the file, more than a page and at most [#SMALL]
  Next noteWhole(long inode, long size) {
    lock.lock();
    try {
      Run run = of(inode, 0);
      run.used = ++notes;
      run.restart(inode, PAGE);
      int window = (int) (Math.ceilDiv(size, (long) PAGE) * PAGE) - PAGE;
      Next wanted = new Next(PAGE, window);
      run.next += window;
      run.bytes += PAGE + window;
      return wanted;
    } finally {
      lock.unlock();
    }
  }

  /// What is wanted ahead of a run of `bytes`: whole pages.
  private static int window(long bytes) {
    return Math.clamp(bytes / PART / PAGE * PAGE, LEAST_WINDOW, MAX_WINDOW);
  }

  /// The run that this page belongs to: a new one in place of the oldest, if to none.
  private Run of(long inode, long offset) {
    Run oldest = runs[0];
    for (Run run : runs) {
      if (run.goesOn(inode, offset)) {
        return run;
      }
      if (run.used < oldest.used) {
        oldest = run;
      }
    }
    oldest.restart(inode, offset);
    return oldest;
  }

  /// Of what was wanted of a file only the first `had` bytes, whole pages, could be had: the page
  /// behind these tries again.
  void failed(long inode, Next wanted, int had) {
    lock.lock();
    try {
      long end = wanted.from() + wanted.length();
      for (Run run : runs) {
        if (run.inode == inode && run.next == end && run.wantedFrom == wanted.from()) {
          run.next = wanted.from() + had;
          run.bytes -= wanted.length() - had;
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
