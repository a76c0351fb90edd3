package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.trace.ServedFrom;
import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads ahead in the kernel's place once it was told not to: puts what comes next into the page
/// cache for who reads a file page by page, from front to back. A mount's read-ahead is off while
/// the start of a command is recorded, and a file keeps what it got when it was opened, for as long
/// as it is open.
///
/// It pushes before it answers, so that whoever waits for the answer does not ask for the same
/// meanwhile; hence only what is in memory, which takes no longer than a request or two. What is
/// not is left to the reader.
///
/// Who stores waits in the kernel for pages that somebody else reads just now, and has a reader of
/// its own wait meanwhile. It holds nothing but that reader's request; one does so at a time, so
/// that there are always others who answer; and not where this server is seen to answer reads of
/// these pages. What the kernel has not handed out does not show (see [ReadsUnderWay]): behind
/// readers that have all of its requests wait for a source, such a store does, too. Thread-safe.
final class PageRunPushing {
  private static final System.Logger LOG = System.getLogger(PageRunPushing.class.getName());

  /// The first four bytes of programs and libraries (elf(5)), which are not read from front to
  /// back.
  private static final int ELF = 0x464c457f;

  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Where pages go.
  interface Target {
    /// Whether no read of this part of a file is being answered.
    boolean isFree(long inode, long offset, long length);

    /// Puts content into the page cache, unless reads of it are being answered. One thread at a
    /// time.
    boolean store(long inode, long offset, MemorySegment content);
  }

  private final ImageView view;
  private final Target target;
  private final PageRuns runs = new PageRuns();
  private final ReentrantLock pushing = new ReentrantLock();
  private volatile boolean wanted;
  private volatile boolean quiet;

  PageRunPushing(ImageView view, Target target) {
    this.view = view;
    this.target = target;
  }

  /// From now on there may be files in which the kernel does not read ahead.
  void begin() {
    wanted = true;
  }

  /// No further push is begun.
  void end() {
    quiet = true;
  }

  /// Waits for the end of what is being pushed.
  void await() {
    pushing.lock();
    try {
      assert quiet : "what begins now is not waited for";
    } finally {
      pushing.unlock();
    }
  }

  /// Takes a READ that is about to be answered; answers what the kernel was given in addition, or
  /// null for nothing.
  ///
  /// @param reply the answer, which is no error
  /// @param large not used by the answer, which is a page
  @Nullable Served answering(Request request, Reply reply, Operations.LargeBody large) {
    if (!wanted
        || quiet
        || request.int32(FuseProtocol.READ_SIZE) != PageRuns.PAGE
        || (request.int32(FuseProtocol.READ_FLAGS) & FuseProtocol.O_DIRECT) != 0) {
      return null;
    }
    long inode = request.node();
    PageRuns.Next next = note(inode, request.int64(FuseProtocol.READ_OFFSET), reply);
    if (next == null) {
      return null;
    }
    int pushed = 0;
    if (pushing.tryLock()) {
      try {
        pushed = quiet ? 0 : push(inode, next, large);
      } catch (IOException e) {
        // Whoever reads on is told what is wrong.
        LOG.log(
            System.Logger.Level.DEBUG, () -> "not read ahead of " + view.nameOf(inode) + ": " + e);
      } finally {
        pushing.unlock();
      }
    }
    if (pushed < next.length()) {
      runs.failed(inode, next, pushed / PageRuns.PAGE * PageRuns.PAGE);
    }
    return pushed == 0 ? null : given(request, next.from(), pushed);
  }

  private PageRuns.@Nullable Next note(long inode, long offset, Reply reply) {
    if (offset == 0 && reply.body().get(U32, 0) != ELF) {
      long size = size(inode);
      if (size > PageRuns.PAGE && size <= PageRuns.SMALL) {
        return runs.noteWhole(inode, size);
      }
    }
    return runs.note(inode, offset);
  }

  /// The size of a file; 0 where that cannot be told.
  private long size(long inode) {
    try {
      InodeRecord attributes = view.attributes(inode);
      return attributes == null ? 0 : attributes.size();
    } catch (IOException e) {
      // Its page was read just now: whoever reads on is told what is wrong.
      LOG.log(System.Logger.Level.DEBUG, () -> "no size of " + view.nameOf(inode) + ": " + e);
      return 0;
    }
  }

  /// How many bytes the kernel has taken.
  private int push(long inode, PageRuns.Next next, Operations.LargeBody large) throws IOException {
    if (!target.isFree(inode, next.from(), next.length())) {
      return 0;
    }
    MemorySegment content = large.take().asSlice(0, next.length());
    int here = view.readInMemory(inode, next.from(), content);
    if (here % PageRuns.PAGE != 0 && next.from() + here != size(inode)) {
      // The kernel believes whole pages only.
      here = here / PageRuns.PAGE * PageRuns.PAGE;
    }
    return here > 0 && target.store(inode, next.from(), content.asSlice(0, here)) ? here : 0;
  }

  /// It is on its way to be used, and is noted like what is asked for; nobody has waited for it.
  private static Served given(Request request, long offset, int length) {
    long now = System.nanoTime();
    return Served.read(
        request.node(), offset, length, request.process(), now, now, ServedFrom.MEMORY);
  }
}
