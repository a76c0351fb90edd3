package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.trace.Operation;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.linux.Errno;
import dev.sway.lazyfsd.source.Provenance;
import dev.sway.lazyfsd.view.ImageView;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers requests from a view. Total: what goes wrong is an error number. Thread-safe.
final class Operations {
  private static final System.Logger LOG = System.getLogger(Operations.class.getName());
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final int BLOCK = 4096;

  private final ImageView view;
  private final boolean xattrs;
  private final AccessSink accesses;

  /// @param xattrs whether any inode has extended attributes
  /// @param accesses told of each request that was answered
  Operations(ImageView view, boolean xattrs, AccessSink accesses) {
    this.view = view;
    this.xattrs = xattrs;
    this.accesses = accesses;
  }

  /// What reads ahead of those who are answered so.
  PageRunPushing pushing(PageRunPushing.Target target) {
    return new PageRunPushing(view, target);
  }

  /// Makes `reply` the answer to `request`.
  ///
  /// @param large room for answers that do not fit into the reply's own body; taken by whoever
  ///   needs it, given back by the caller once the answer is sent
  void answer(Request request, Reply reply, LargeBody large) {
    try {
      switch (request.opcode()) {
        case FuseProtocol.LOOKUP -> lookup(request, reply);
        case FuseProtocol.GETATTR -> getattr(request, reply);
        case FuseProtocol.READ -> read(request, reply, large);
        case FuseProtocol.READDIRPLUS -> readdir(request, reply, large, true);
        case FuseProtocol.READDIR -> readdir(request, reply, large, false);
        case FuseProtocol.READLINK -> readlink(request, reply);
        case FuseProtocol.GETXATTR -> getxattr(request, reply, large);
        case FuseProtocol.LISTXATTR -> listxattr(request, reply, large);
        case FuseProtocol.STATFS -> statfs(reply);
        case FuseProtocol.LSEEK -> lseek(request, reply);
        // The kernel does not wait for an answer to any of these: what it forgets was never
        // remembered, and what it interrupts is answered all the same.
        case FuseProtocol.FORGET, FuseProtocol.BATCH_FORGET, FuseProtocol.INTERRUPT -> reply.none();
        case FuseProtocol.DESTROY -> reply.empty();
        // OPEN and OPENDIR among them, on purpose: the kernel then opens without asking. And FLUSH,
        // which would otherwise come with each close.
        default -> reply.error(Errno.ENOSYS);
      }
    } catch (Throwable e) {
      report(request, e);
      reply.error(Errno.EIO);
    }
  }

  /// Tells of what the kernel was given unasked, once nobody waits for that.
  void tell(Served given) {
    try {
      accesses.served(given);
    } catch (Throwable e) {
      report(given.operation().toString(), given.inode(), e);
    }
  }

  /// Tells of `request`, once it is answered: nobody waits for that.
  ///
  /// @param begin when it was read, by [System#nanoTime]
  void tell(Request request, Reply reply, long begin) {
    Operation operation = FuseProtocol.operation(request.opcode());
    if (operation == null) {
      return;
    }
    try {
      tell(operation, request, reply, begin);
    } catch (Throwable e) {
      report(FuseProtocol.name(request.opcode()), request.node(), e);
    }
  }

  private void report(String operation, long inode, Throwable e) {
    LOG.log(
        System.Logger.Level.ERROR,
        "{0} of {1} is answered and not noted: {2}",
        operation,
        view.nameOf(inode),
        e.toString());
  }

  private void tell(Operation operation, Request request, Reply reply, long begin) {
    boolean read = operation == Operation.READ && request.has(FuseProtocol.READ_IN);
    accesses.served(
        new Served(
            operation,
            request.node(),
            operation == Operation.LOOKUP
                ? ByteName.of(request.name(0).toArray(ValueLayout.JAVA_BYTE))
                : null,
            read ? request.int64(FuseProtocol.READ_OFFSET) : 0,
            read ? request.int32(FuseProtocol.READ_SIZE) : 0,
            request.process(),
            begin,
            System.nanoTime(),
            Provenance.take(),
            reply.failed()));
  }

  private void report(Request request, Throwable e) {
    LOG.log(
        System.Logger.Level.ERROR,
        "{0} of {1} fails: {2}",
        FuseProtocol.name(request.opcode()),
        view.nameOf(request.node()),
        e instanceof IOException ? e.getMessage() : e.toString());
  }

  private void lookup(Request request, Reply reply) throws IOException {
    MemorySegment name = request.name(0);
    if (name.byteSize() > ByteName.MAX_BYTES) {
      // The kernel's own bound is higher than that of every file system.
      reply.error(Errno.ENAMETOOLONG);
      return;
    }
    long inode = view.lookup(request.node(), name);
    if (inode == 0) {
      AttributeWriter.noEntry(reply.body());
    } else {
      AttributeWriter.entry(reply.body(), 0, attributes(inode));
    }
    reply.own(FuseProtocol.ENTRY);
  }

  private InodeRecord attributes(long inode) throws IOException {
    InodeRecord record = view.attributes(inode);
    if (record == null) {
      throw new CorruptException("index", "has no inode " + inode);
    }
    return record;
  }

  private void getattr(Request request, Reply reply) throws IOException {
    InodeRecord record = attributes(request.node());
    MemorySegment body = reply.body();
    body.set(LONG, FuseProtocol.GETATTR_VALID, AttributeWriter.VALID_SECONDS);
    body.set(LONG, FuseProtocol.GETATTR_VALID + 8, 0);
    AttributeWriter.attributes(body, FuseProtocol.GETATTR_ATTR, record);
    reply.own(FuseProtocol.GETATTR_OUT);
  }

  private void readlink(Request request, Reply reply) throws IOException {
    ByteName target = view.linkTarget(request.node());
    if (target == null || target.length() > Reply.BODY) {
      reply.error(Errno.EINVAL);
      return;
    }
    bytes(reply, reply.body(), target.bytes());
  }

  private void read(Request request, Reply reply, LargeBody large) throws IOException {
    if (!request.has(FuseProtocol.READ_IN)) {
      reply.error(Errno.EINVAL);
      return;
    }
    int size = request.int32(FuseProtocol.READ_SIZE);
    long offset = request.int64(FuseProtocol.READ_OFFSET);
    if (size < 0 || size > FuseProtocol.MAX_READ || offset < 0) {
      reply.error(Errno.EINVAL);
      return;
    }
    MemorySegment target = size <= Reply.BODY ? reply.body() : large.take();
    reply.data(target, view.read(request.node(), offset, target.asSlice(0, size)));
  }

  private void readdir(Request request, Reply reply, LargeBody large, boolean plus)
      throws IOException {
    if (!request.has(FuseProtocol.READ_IN)) {
      reply.error(Errno.EINVAL);
      return;
    }
    int size = Math.max(0, request.int32(FuseProtocol.READ_SIZE));
    MemorySegment target = size <= Reply.BODY ? reply.body() : large.take();
    DirectoryPage page = new DirectoryPage(target, size);
    DirectoryWalk.fill(view, request.node(), request.int64(FuseProtocol.READ_OFFSET), page, plus);
    reply.data(target, page.end());
  }

  /// The kernel asks where data and holes are, and counts positions itself.
  private void lseek(Request request, Reply reply) throws IOException {
    if (!request.has(FuseProtocol.LSEEK_IN)) {
      reply.error(Errno.EINVAL);
      return;
    }
    long offset = request.int64(FuseProtocol.LSEEK_OFFSET);
    int whence = request.int32(FuseProtocol.LSEEK_WHENCE);
    long size = attributes(request.node()).size();
    boolean data = whence == FuseProtocol.SEEK_DATA;
    if (!data && whence != FuseProtocol.SEEK_HOLE) {
      reply.error(Errno.EINVAL);
      return;
    }
    long found = size;
    if (offset >= 0 && offset < size) {
      found = data ? view.dataFrom(request.node(), offset) : view.holeFrom(request.node(), offset);
    }
    if (offset < 0 || offset >= size || (data && found >= size)) {
      reply.error(Errno.ENXIO);
    } else {
      reply.body().set(LONG, 0, Math.min(found, size));
      reply.own(FuseProtocol.LSEEK_OUT);
    }
  }

  private void getxattr(Request request, Reply reply, LargeBody large) throws IOException {
    if (!xattrs) {
      // Once for the whole mount: the kernel asks no more.
      reply.error(Errno.ENOSYS);
      return;
    }
    ByteName name = ByteName.of(request.name(FuseProtocol.XATTR_IN).toArray(ValueLayout.JAVA_BYTE));
    byte[] value = view.xattr(request.node(), name);
    if (value == null) {
      reply.error(Errno.ENODATA);
    } else {
      sized(request, reply, large, value);
    }
  }

  /// Unlike [#getxattr] this is asked by who wants to know only, and an error would be one to them.
  private void listxattr(Request request, Reply reply, LargeBody large) throws IOException {
    List<ByteName> names = view.xattrNames(request.node());
    byte[] joined = new byte[names.stream().mapToInt(name -> name.length() + 1).sum()];
    int at = 0;
    for (ByteName name : names) {
      System.arraycopy(name.bytes(), 0, joined, at, name.length());
      at += name.length() + 1;
    }
    sized(request, reply, large, joined);
  }

  /// A size of 0 asks how much there is.
  private static void sized(Request request, Reply reply, LargeBody large, byte[] value) {
    int size = request.int32(FuseProtocol.XATTR_SIZE);
    if (size == 0) {
      reply.body().set(INT, 0, value.length);
      reply.body().set(INT, 4, 0);
      reply.own(FuseProtocol.XATTR_OUT);
    } else if (value.length > size || value.length > FuseProtocol.MAX_READ) {
      reply.error(Errno.ERANGE);
    } else {
      bytes(reply, value.length <= Reply.BODY ? reply.body() : large.take(), value);
    }
  }

  private static void bytes(Reply reply, MemorySegment target, byte[] bytes) {
    MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, bytes.length);
    reply.data(target, bytes.length);
  }

  private void statfs(Reply reply) {
    ImageView.Totals totals = view.totals();
    MemorySegment body = reply.body();
    body.asSlice(0, FuseProtocol.STATFS_OUT).fill((byte) 0);
    body.set(LONG, FuseProtocol.STATFS_BLOCKS, Math.ceilDiv(totals.bytes(), (long) BLOCK));
    body.set(LONG, FuseProtocol.STATFS_FILES, totals.inodes());
    body.set(INT, FuseProtocol.STATFS_BSIZE, BLOCK);
    body.set(INT, FuseProtocol.STATFS_NAMELEN, ByteName.MAX_BYTES);
    body.set(INT, FuseProtocol.STATFS_FRSIZE, BLOCK);
    reply.own(FuseProtocol.STATFS_OUT);
  }

  /// A large buffer that one answer may need. For one thread.
  static final class LargeBody {
    private final Buffers buffers;
    private Buffers.@Nullable Buffer taken;

    LargeBody(Buffers buffers) {
      this.buffers = buffers;
    }

    /// Memory of [FuseProtocol#MAX_READ] bytes; the same one until [#giveBack].
    MemorySegment take() {
      Buffers.Buffer mine = taken;
      if (mine == null) {
        mine = buffers.take();
        taken = mine;
      }
      return mine.memory();
    }

    void giveBack() {
      if (taken != null) {
        buffers.giveBack(taken);
        taken = null;
      }
    }
  }
}
