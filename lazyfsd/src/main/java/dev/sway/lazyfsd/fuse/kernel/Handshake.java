package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The first request of a connection: kernel and server agree on what they will use.
final class Handshake {
  /// Read-ahead and other requests that nobody waits for, at most.
  private static final short MAX_BACKGROUND = 64;

  private static final short CONGESTION = 48;
  private static final int MAX_WRITE = 4096;
  private static final short MAX_PAGES = 256;
  private static final int MAX_READAHEAD = 16 << 20;

  /// What is used where the kernel has it. Not READDIRPLUS_AUTO: with it only the first page of a
  /// directory comes with attributes to who reads all of it before asking for any, as fts(3) does.
  private static final long WANTED =
      FuseProtocol.ASYNC_READ
          | FuseProtocol.DO_READDIRPLUS
          | FuseProtocol.ASYNC_DIO
          | FuseProtocol.NO_OPEN_SUPPORT
          | FuseProtocol.PARALLEL_DIROPS
          | FuseProtocol.MAX_PAGES
          | FuseProtocol.CACHE_SYMLINKS
          | FuseProtocol.NO_OPENDIR_SUPPORT
          | FuseProtocol.EXPLICIT_INVAL_DATA
          | FuseProtocol.INIT_EXT
          | FuseProtocol.HAS_RESEND;

  /// What this server cannot do without: opening is answered with `ENOSYS`.
  private static final long NEEDED =
      FuseProtocol.NO_OPEN_SUPPORT | FuseProtocol.NO_OPENDIR_SUPPORT | FuseProtocol.INIT_EXT;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;

  private Handshake() {}

  /// Answers INIT, which the kernel has queued when mount(2) returned.
  ///
  /// @param accessLists whether the kernel is to ask for and to enforce POSIX access lists
  /// @return the flags of [FuseProtocol] that both use
  /// @throws SwayException of kind `mount` where the kernel is too old
  static long shake(int fd, boolean accessLists) throws SwayException {
    try (Arena arena = Arena.ofConfined()) {
      Request request = new Request(arena.allocate(FuseProtocol.REQUEST_BUFFER, Long.BYTES));
      Reply reply = new Reply(arena);
      receive(request, fd, arena);
      int minor = request.int32(FuseProtocol.INIT_MINOR);
      long offered = Integer.toUnsignedLong(request.int32(FuseProtocol.INIT_FLAGS));
      if (request.int32(FuseProtocol.INIT_MAJOR) != FuseProtocol.MAJOR
          || minor < FuseProtocol.OLDEST_MINOR) {
        throw new SwayException(
            FailureKind.MOUNT,
            "the kernel speaks version %d.%d of FUSE, the 'kernel' transport needs 7.%d (Linux 5.17); use --transport jnr"
                .formatted(
                    request.int32(FuseProtocol.INIT_MAJOR), minor, FuseProtocol.OLDEST_MINOR));
      }
      offered |= (long) request.int32(FuseProtocol.INIT_IN_FLAGS2) << 32;
      if ((offered & NEEDED) != NEEDED) {
        throw new SwayException(
            FailureKind.MOUNT,
            "the kernel's FUSE lacks features that the 'kernel' transport needs (flags %#x of %#x); use --transport jnr"
                .formatted(offered & NEEDED, NEEDED));
      }
      long agreed = offered & (accessLists ? WANTED | FuseProtocol.POSIX_ACL : WANTED);
      answer(reply, request, minor, agreed);
      int error = reply.send(fd, request.unique());
      if (error != 0) {
        throw new SwayException(
            FailureKind.MOUNT, "the kernel refuses the FUSE handshake: " + Errno.describe(error));
      }
      return agreed;
    }
  }

  private static void receive(Request request, int fd, Arena arena) throws SwayException {
    MemorySegment state = DeviceCalls.callState(arena);
    int count = DeviceCalls.read(state, fd, request.buffer());
    while (count < 0 && DeviceCalls.errno(state) == Errno.EINTR.number()) {
      count = DeviceCalls.read(state, fd, request.buffer());
    }
    if (count < 0) {
      throw new SwayException(
          FailureKind.MOUNT,
          "/dev/fuse cannot be read: " + Errno.describe(DeviceCalls.errno(state)));
    }
    // A kernel before 7.36 sends 16 bytes of arguments.
    if (!request.accept(count)
        || request.opcode() != FuseProtocol.INIT
        || !request.has(FuseProtocol.INIT_IN_FLAGS2)) {
      throw new SwayException(
          FailureKind.MOUNT, "/dev/fuse does not begin with INIT; is it a FUSE device?");
    }
  }

  private static void answer(Reply reply, Request request, int minor, long agreed) {
    MemorySegment body = reply.body();
    body.asSlice(0, FuseProtocol.INIT_OUT).fill((byte) 0);
    body.set(INT, FuseProtocol.INIT_MAJOR, FuseProtocol.MAJOR);
    body.set(INT, FuseProtocol.INIT_MINOR, Math.min(minor, FuseProtocol.MINOR));
    body.set(
        INT,
        FuseProtocol.INIT_MAX_READAHEAD,
        Math.max(MAX_READAHEAD, request.int32(FuseProtocol.INIT_MAX_READAHEAD)));
    body.set(INT, FuseProtocol.INIT_FLAGS, (int) agreed);
    body.set(INT, FuseProtocol.INIT_OUT_FLAGS2, (int) (agreed >>> 32));
    body.set(SHORT, FuseProtocol.INIT_MAX_BACKGROUND, MAX_BACKGROUND);
    body.set(SHORT, FuseProtocol.INIT_CONGESTION, CONGESTION);
    body.set(INT, FuseProtocol.INIT_MAX_WRITE, MAX_WRITE);
    body.set(INT, FuseProtocol.INIT_TIME_GRAN, 1);
    body.set(SHORT, FuseProtocol.INIT_MAX_PAGES, MAX_PAGES);
    reply.own(FuseProtocol.INIT_OUT);
  }
}
