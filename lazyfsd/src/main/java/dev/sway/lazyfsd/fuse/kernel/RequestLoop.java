package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.lazyfsd.fuse.Served;
import dev.sway.lazyfsd.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Reads requests from one descriptor and answers them, until the connection ends. One thread's
/// work; several may share a descriptor.
final class RequestLoop {
  private static final System.Logger LOG = System.getLogger(RequestLoop.class.getName());

  private final int fd;
  private final Operations operations;
  private final Buffers buffers;
  private final Crew crew;
  private final ReadsUnderWay reads;
  private final PageRunPushing ahead;

  RequestLoop(
      int fd,
      Operations operations,
      Buffers buffers,
      Crew crew,
      ReadsUnderWay reads,
      PageRunPushing ahead) {
    this.ahead = ahead;
    this.fd = fd;
    this.reads = reads;
    this.operations = operations;
    this.buffers = buffers;
    this.crew = crew;
  }

  /// Serves until the connection ends or the crew has enough others.
  void run() {
    try (Arena arena = Arena.ofConfined();
        ReadsUnderWay.Station station = reads.station()) {
      Request request = new Request(arena.allocate(FuseProtocol.REQUEST_BUFFER, Long.BYTES));
      MemorySegment state = DeviceCalls.callState(arena);
      Reply reply = new Reply(arena);
      Operations.LargeBody large = new Operations.LargeBody(buffers);
      while (true) {
        int count = DeviceCalls.read(state, fd, request.buffer());
        if (count < 0) {
          if (ends(DeviceCalls.errno(state))) {
            crew.ended();
            return;
          }
          continue;
        }
        long begin = System.nanoTime();
        crew.busy();
        try {
          serve(request, count, reply, large, station, begin);
        } finally {
          station.end();
          large.giveBack();
        }
        if (!crew.idle()) {
          return;
        }
      }
    }
  }

  private void serve(
      Request request,
      int count,
      Reply reply,
      Operations.LargeBody large,
      ReadsUnderWay.Station station,
      long begin) {
    if (!request.accept(count)) {
      LOG.log(System.Logger.Level.ERROR, "the kernel sent {0} bytes that are no request", count);
      return;
    }
    boolean read = request.opcode() == FuseProtocol.READ && request.has(FuseProtocol.READ_IN);
    if (read) {
      station.begin(
          request.node(),
          request.int64(FuseProtocol.READ_OFFSET),
          request.int32(FuseProtocol.READ_SIZE));
    }
    operations.answer(request, reply, large);
    Served given = null;
    Throwable notGiven = null;
    try {
      given = read && !reply.failed() ? ahead.answering(request, reply, large) : null;
    } catch (Throwable e) {
      // First of all the answer must go out.
      notGiven = e;
    }
    int error = reply.send(fd, request.unique());
    // ENOENT: whoever asked was interrupted and waits no more.
    if (error != 0 && error != Errno.ENOENT.number() && error != Errno.ENODEV.number()) {
      LOG.log(
          System.Logger.Level.ERROR,
          "the kernel refuses the answer to operation {0}: {1}",
          request.opcode(),
          Errno.describe(error));
      reply.error(Errno.EIO);
      reply.send(fd, request.unique());
    }
    station.end();
    operations.tell(request, reply, begin);
    if (given != null) {
      operations.tell(given);
    }
    if (notGiven != null) {
      LOG.log(
          System.Logger.Level.ERROR,
          "inode {0} is not read ahead: {1}",
          request.node(),
          notGiven.toString());
    }
  }

  /// Whether the connection is over: unmounted or aborted. A request that was taken back (ENOENT)
  /// and a signal (EINTR) are nothing.
  private static boolean ends(int error) {
    if (error == Errno.ENOENT.number()
        || error == Errno.EINTR.number()
        || error == Errno.EAGAIN.number()) {
      return false;
    }
    if (error != Errno.ENODEV.number() && error != Errno.ECONNABORTED.number()) {
      LOG.log(System.Logger.Level.ERROR, "/dev/fuse cannot be read: {0}", Errno.describe(error));
    }
    return true;
  }
}
