package dev.sway.lazyfsd.fuse.kernel;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Notices files of which the kernel asks for one page after the other, because it may not read
/// ahead, and says what of them will be wanted next.
///
/// A run is three pages. Simulated over the start of a large Python program, which uses 5,676 pages
/// of libraries, here and there, and of files that it reads whole, it is asked for 4,270 of them
/// then, and 1.6 % of all is in vain; with runs of two 3,506 and 4.3 %, with six 4,898 and 0.2 %.
/// Remembers a few files only; nothing is lost with what it forgets. Thread-safe.
final class PageRuns {
  static final int PAGE = 4096;

  /// How many bytes a run has before anything is wanted ahead of it.
  static final int PROVEN = 3 * PAGE;

  /// How many are wanted at first; each time they are used up it is twice as many...
  static final int FIRST_WINDOW = 4 * PAGE;

  /// ... up to so many: little enough that whoever waits meanwhile does not notice, and enough that
  /// what a request costs does not matter.
  static final int MAX_WINDOW = 16 * PAGE;

  /// Runs are told apart by inode modulo this.
  private static final int FILES = 64;

  private final ReentrantLock lock = new ReentrantLock();
  private final Run[] runs = new Run[FILES];

  PageRuns() {
    for (int i = 0; i < FILES; i++) {
      runs[i] = new Run();
    }
  }

  /// What comes next in a file.
  ///
  /// @param from its first byte, at the beginning of a page
  /// @param length in bytes, whole pages; may reach behind the file's end
  record Next(long from, int length) {}

  /// The pages that were asked for of one file, and what was wanted behind them.
  private static final class Run {
    private long inode;
    private long next;
    private long bytes;
    private long wantedFrom;
    private int window;

    private void restart(long newInode, long offset) {
      inode = newInode;
      next = offset;
      bytes = 0;
      wantedFrom = offset;
      window = FIRST_WINDOW;
    }
  }

  /// Tells that the page at `offset` was asked for; answers what is wanted now, or null for
  /// nothing. What is answered counts as read.
  @Nullable Next note(long inode, long offset) {
    lock.lock();
    try {
      Run run = runs[(int) (inode & (FILES - 1))];
      if (run.inode == inode && offset >= run.wantedFrom && offset < run.next) {
        // Asked for before it was there.
        return null;
      }
      if (run.inode != inode || offset != run.next) {
        run.restart(inode, offset);
      }
      run.next += PAGE;
      run.bytes += PAGE;
      run.wantedFrom = run.next;
      if (run.bytes < PROVEN) {
        return null;
      }
      Next wanted = new Next(run.next, run.window);
      run.next += run.window;
      run.bytes += run.window;
      run.window = Math.min(2 * run.window, MAX_WINDOW);
      return wanted;
    } finally {
      lock.unlock();
    }
  }

  /// What was wanted of a file could not be had: the next page tries again.
  void failed(long inode, Next wanted) {
    lock.lock();
    try {
      Run run = runs[(int) (inode & (FILES - 1))];
      if (run.inode == inode && run.next == wanted.from() + wanted.length()) {
        run.next = wanted.from();
        run.wantedFrom = wanted.from();
      }
    } finally {
      lock.unlock();
    }
  }
}
