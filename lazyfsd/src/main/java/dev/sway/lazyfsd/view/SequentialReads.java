package dev.sway.lazyfsd.view;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Notices files that are read from front to back, and says what of them will be wanted next.
///
/// Requests of one reader come from several threads, a little out of order: a run of them is
/// sequential while they cover half of what lies between its beginning and its end, or more. It
/// counts from [#PROVEN] bytes on, which is as much as the kernel itself reads around one page
/// fault; who reads here and there never gets so far. Remembers a few files only, and nothing is
/// lost with what it forgets. Thread-safe.
final class SequentialReads {
  /// How long a run is before anything is read ahead of it.
  static final long PROVEN = 4L << 20;

  /// What is read ahead at first; each time it is used up it doubles.
  static final long FIRST_WINDOW = 1L << 20;

  /// A request so far away from the run's end begins another one.
  private static final long NEAR = 2L << 20;

  private static final int FILES = 64;

  private final long maxWindow;
  private final ReentrantLock lock = new ReentrantLock();
  private final Run[] runs = new Run[FILES];

  /// @param maxWindow the most bytes that are read ahead
  SequentialReads(long maxWindow) {
    this.maxWindow = maxWindow;
    for (int i = 0; i < FILES; i++) {
      runs[i] = new Run();
    }
  }

  /// A part of a file that will be wanted.
  ///
  /// @param from its first byte
  /// @param to behind its last byte; may be behind the file's end
  record Ahead(long from, long to) {}

  /// The requests for one file.
  private static final class Run {
    private long inode;
    private long begin;
    private long end;
    private long bytes;
    private long window;
    private long aheadEnd;

    private boolean continues(long wanted, long offset) {
      return inode == wanted && offset >= begin && offset <= end + NEAR;
    }

    private void restart(long newInode, long offset) {
      inode = newInode;
      begin = offset;
      end = offset;
      bytes = 0;
      window = FIRST_WINDOW;
      aheadEnd = offset;
    }

    private boolean isSequential() {
      return bytes >= PROVEN && 2 * bytes >= end - begin;
    }
  }

  /// Tells that `length` bytes from `offset` on are being read; answers what to read ahead now, or
  /// null for nothing.
  @Nullable Ahead note(long inode, long offset, int length) {
    lock.lock();
    try {
      Run run = runs[(int) (inode & (FILES - 1))];
      if (!run.continues(inode, offset)) {
        run.restart(inode, offset);
      }
      run.end = Math.max(run.end, offset + length);
      // What is read again and again is not more of the file.
      run.bytes = Math.min(run.bytes + length, run.end - run.begin);
      if (!run.isSequential() || run.aheadEnd - run.end > run.window / 2) {
        return null;
      }
      long from = Math.max(run.aheadEnd, run.end);
      run.aheadEnd = run.end + run.window;
      run.window = Math.min(2 * run.window, maxWindow);
      return new Ahead(from, run.aheadEnd);
    } finally {
      lock.unlock();
    }
  }
}
