package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.lazyfsd.linux.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// open(2), read(2), writev(2), ioctl(2) and close(2), as `/dev/fuse` needs them. Pointers are
/// passed as numbers: the linker then has no segment to keep alive on each call. Thread-safe.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
final class DeviceCalls {
  /// `O_RDWR | O_CLOEXEC`.
  private static final int OPEN_FLAGS = 0x2 | 0x80000;

  /// `FUSE_DEV_IOC_CLONE`, `_IOR(229, 0, uint32_t)`.
  private static final long CLONE = 0x8004_e500L;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(INT, ValueLayout.ADDRESS, INT), 2);
  private static final MethodHandle READ =
      handle("read", FunctionDescriptor.of(LONG, INT, LONG, LONG), -1);
  private static final MethodHandle WRITEV =
      handle("writev", FunctionDescriptor.of(LONG, INT, LONG, INT), -1);
  private static final MethodHandle IOCTL =
      handle("ioctl", FunctionDescriptor.of(INT, INT, LONG, LONG), 2);
  private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT), -1);

  private DeviceCalls() {}

  /// @param variadic the index of the first variadic argument, or -1
  private static MethodHandle handle(String name, FunctionDescriptor descriptor, int variadic) {
    Linker.Option errno = Linker.Option.captureCallState("errno");
    MemorySegment function = LINKER.defaultLookup().findOrThrow(name);
    return variadic < 0
        ? LINKER.downcallHandle(function, descriptor, errno)
        : LINKER.downcallHandle(
            function, descriptor, errno, Linker.Option.firstVariadicArg(variadic));
  }

  /// Memory for the error number of a call; for one thread at a time.
  static MemorySegment callState(Arena arena) {
    return arena.allocate(Linker.Option.captureStateLayout());
  }

  /// The error number that the last failed call has left in `state`.
  static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /// Opens `/dev/fuse`; the descriptor is the caller's to close.
  static int open() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = callState(arena);
      int fd = (int) OPEN.invokeExact(state, arena.allocateFrom("/dev/fuse"), OPEN_FLAGS);
      if (fd < 0) {
        throw new IOException("cannot open /dev/fuse: " + Errno.describe(errno(state)));
      }
      return fd;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("open(2) throws nothing", e);
    }
  }

  /// Another descriptor for the connection of `fd`, with a queue of its own for requests under way.
  static int cloneOf(int fd) throws IOException {
    int clone = open();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = callState(arena);
      MemorySegment original = arena.allocateFrom(INT, fd);
      if ((int) IOCTL.invokeExact(state, clone, CLONE, original.address()) == 0) {
        return clone;
      }
      close(clone);
      throw new IOException("cannot clone a FUSE descriptor: " + Errno.describe(errno(state)));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("ioctl(2) throws nothing", e);
    }
  }

  /// Waits for a request and reads it.
  ///
  /// @return how many bytes it has, or -1: then `state` has the reason
  static int read(MemorySegment state, int fd, MemorySegment buffer) {
    try {
      return (int) (long) READ.invokeExact(state, fd, buffer.address(), buffer.byteSize());
    } catch (Throwable e) {
      throw new AssertionError("read(2) throws nothing", e);
    }
  }

  /// Writes `count` parts as one message.
  ///
  /// @param parts `struct iovec` each
  /// @return how many bytes were written, or -1: then `state` has the reason
  static long writev(MemorySegment state, int fd, MemorySegment parts, int count) {
    try {
      return (long) WRITEV.invokeExact(state, fd, parts.address(), count);
    } catch (Throwable e) {
      throw new AssertionError("writev(2) throws nothing", e);
    }
  }

  /// Closes a descriptor; Linux closes it whatever it answers.
  static void close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      int result = (int) CLOSE.invokeExact(callState(arena), fd);
      assert result == 0 : "closed twice: " + fd;
    } catch (Throwable e) {
      throw new AssertionError("close(2) throws nothing", e);
    }
  }
}
