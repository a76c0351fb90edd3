package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.source.Provenance;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/// Reads ahead in the kernel's place where it was told not to: puts what comes next into the page
/// cache for who reads a file page by page, from front to back.
///
/// A mount's read-ahead is off while the start of a command is recorded, and a file keeps what it
/// got when it was opened, for as long as it is open. Thread-safe.
final class PageRunPushing {
  private static final System.Logger LOG = System.getLogger(PageRunPushing.class.getName());

  /// Puts content into the page cache, unless reads of it are under way.
  @FunctionalInterface
  interface Store {
    boolean store(long inode, long offset, MemorySegment content);
  }

  private final ImageView view;
  private final AccessSink accesses;
  private final Store store;
  private final PageRuns runs = new PageRuns();

  /// Who stores may wait for a page that another thread is about to answer for, and has somebody
  /// wait for an answer of its own meanwhile. With one at a time there are always others who
  /// answer.
  private final AtomicBoolean busy = new AtomicBoolean();

  /// @param accesses told of what was pushed as of what is asked for: it is on its way to be used
  PageRunPushing(ImageView view, AccessSink accesses, Store store) {
    this.view = view;
    this.accesses = accesses;
    this.store = store;
  }

  /// Takes a READ that is about to be answered: whoever waits for the answer does not ask for what
  /// comes next while it is pushed.
  ///
  /// @param large not used by the answer, which is a page
  void answering(Request request, Operations.LargeBody large) {
    if (request.int32(FuseProtocol.READ_SIZE) != PageRuns.PAGE
        || (request.int32(FuseProtocol.READ_FLAGS) & FuseProtocol.O_DIRECT) != 0) {
      return;
    }
    long inode = request.node();
    PageRuns.Next next = runs.note(inode, request.int64(FuseProtocol.READ_OFFSET));
    if (next == null) {
      return;
    }
    boolean pushed = false;
    if (busy.compareAndSet(false, true)) {
      ServedFrom before = Provenance.take();
      try {
        pushed = push(inode, next, request.process(), large.take());
      } catch (IOException | RuntimeException e) {
        // Whoever reads on is told what is wrong.
        LOG.log(
            System.Logger.Level.DEBUG,
            "not read ahead of {0}: {1}",
            view.nameOf(inode),
            e.toString());
      } finally {
        var _ = Provenance.take();
        Provenance.note(before);
        busy.set(false);
      }
    }
    if (!pushed) {
      runs.failed(inode, next);
    }
  }

  /// Answers whether the kernel has all that there is.
  private boolean push(long inode, PageRuns.Next next, int thread, MemorySegment buffer)
      throws IOException {
    InodeRecord attributes = view.attributes(inode);
    long rest = attributes == null ? 0 : attributes.size() - next.from();
    if (rest <= 0) {
      return true;
    }
    MemorySegment content = buffer.asSlice(0, Math.min(rest, next.length()));
    view.read(inode, next.from(), content);
    if (!store.store(inode, next.from(), content)) {
      return false;
    }
    // Nobody has waited for it.
    long now = System.nanoTime();
    accesses.served(
        Served.read(
            inode, next.from(), (int) content.byteSize(), thread, now, now, Provenance.take()));
    return true;
  }
}
