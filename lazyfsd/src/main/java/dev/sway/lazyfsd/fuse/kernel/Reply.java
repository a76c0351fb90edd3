package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.lazyfsd.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The answer to a request, built in place: a header, and a body that lies in this reply's own
/// memory or wherever its bytes are. For one thread; a loop reuses one for all its answers.
final class Reply {
  /// What most answers fit into; a symbolic link's text has 4095 bytes at most.
  static final int BODY = 8 << 10;

  private static final int IOVEC = 16;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final MemorySegment header;
  private final MemorySegment body;
  private final MemorySegment parts;
  private final MemorySegment state;
  private int error;
  private long length;
  private boolean due;

  /// @param arena whose lifetime is the reply's
  Reply(Arena arena) {
    header = arena.allocate(FuseProtocol.OUT_HEADER, Long.BYTES);
    body = arena.allocate(BODY, Long.BYTES);
    parts = arena.allocate(3L * IOVEC, Long.BYTES);
    state = DeviceCalls.callState(arena);
    parts.set(LONG, 0, header.address());
    parts.set(LONG, 8, FuseProtocol.OUT_HEADER);
  }

  /// Its own memory for a body, with whatever the last one left in it.
  MemorySegment body() {
    return body;
  }

  /// There is no answer to this request.
  void none() {
    due = false;
  }

  void error(Errno number) {
    due = true;
    error = -number.number();
    length = 0;
  }

  /// Done, with nothing to say.
  void empty() {
    due = true;
    error = 0;
    length = 0;
  }

  /// The first `bytes` bytes of [#body].
  void own(int bytes) {
    data(body, bytes);
  }

  /// The first `bytes` bytes of `data`, native memory that stays as it is until [#send] returns.
  void data(MemorySegment data, long bytes) {
    due = true;
    error = 0;
    length = bytes;
    parts.set(LONG, IOVEC, data.address());
    parts.set(LONG, IOVEC + 8, bytes);
  }

  /// Whether it is an error.
  boolean failed() {
    return error != 0;
  }

  /// Sends it, if an answer is due.
  ///
  /// @return 0, or the error number
  int send(int fd, long unique) {
    if (!due) {
      return 0;
    }
    header.set(INT, FuseProtocol.OUT_LENGTH, (int) (FuseProtocol.OUT_HEADER + length));
    header.set(INT, FuseProtocol.OUT_ERROR, error);
    header.set(LONG, FuseProtocol.OUT_UNIQUE, unique);
    long written = DeviceCalls.writev(state, fd, parts, length == 0 ? 1 : 2);
    return written < 0 ? DeviceCalls.errno(state) : 0;
  }

  /// Gives the kernel content of a file that it has not asked for.
  ///
  /// @param content native memory that stays as it is until this returns
  /// @return 0, or the error number
  int store(int fd, long inode, long offset, MemorySegment content) {
    body.set(LONG, 0, inode);
    body.set(LONG, FuseProtocol.STORE_OFFSET, offset);
    body.set(INT, FuseProtocol.STORE_SIZE, (int) content.byteSize());
    body.set(INT, FuseProtocol.STORE_SIZE + 4, 0);
    header.set(
        INT,
        FuseProtocol.OUT_LENGTH,
        (int) (FuseProtocol.OUT_HEADER + FuseProtocol.STORE + content.byteSize()));
    header.set(INT, FuseProtocol.OUT_ERROR, FuseProtocol.NOTIFY_STORE);
    header.set(LONG, FuseProtocol.OUT_UNIQUE, 0);
    parts.set(LONG, IOVEC, body.address());
    parts.set(LONG, IOVEC + 8, FuseProtocol.STORE);
    parts.set(LONG, 2L * IOVEC, content.address());
    parts.set(LONG, 2L * IOVEC + 8, content.byteSize());
    return DeviceCalls.writev(state, fd, parts, 3) < 0 ? DeviceCalls.errno(state) : 0;
  }

  /// Tells the kernel something that it has not asked for.
  ///
  /// @param code of the notification, which has no body
  /// @return 0, or the error number
  int tell(int fd, int code) {
    header.set(INT, FuseProtocol.OUT_LENGTH, FuseProtocol.OUT_HEADER);
    header.set(INT, FuseProtocol.OUT_ERROR, code);
    header.set(LONG, FuseProtocol.OUT_UNIQUE, 0);
    return DeviceCalls.writev(state, fd, parts, 1) < 0 ? DeviceCalls.errno(state) : 0;
  }
}
