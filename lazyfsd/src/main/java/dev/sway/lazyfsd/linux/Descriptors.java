package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// File descriptors of this and other processes: pidfd_open(2), pidfd_getfd(2) and close(2).
/// Thread-safe.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
public final class Descriptors {
  /// The numbers of the system calls, the same on every architecture; C libraries before glibc 2.36
  /// have no functions for them.
  private static final long PIDFD_OPEN = 434;

  private static final long PIDFD_GETFD = 438;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_VALUE =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          ERRNO,
          Linker.Option.firstVariadicArg(1));
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
          ERRNO);

  private static final MethodHandle FCNTL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("fcntl"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));

  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;

  private Descriptors() {}

  /// Duplicates the descriptor `fd` of the process `pid`, which may be this one. The new one
  /// belongs to the caller and is closed on exec; both refer to the same open file.
  ///
  /// @throws IOException where there is no such process or descriptor, or where this process may
  ///   not trace that one: ptrace(2), which root may
  public static int duplicate(long pid, int fd) throws IOException {
    int process = call(PIDFD_OPEN, pid, 0, "process " + pid);
    try {
      return call(PIDFD_GETFD, process, fd, "descriptor %d of process %d".formatted(fd, pid));
    } finally {
      close(process);
    }
  }

  /// Closes a descriptor that belongs to the caller. A descriptor is gone even where the kernel
  /// says that closing it failed.
  public static void close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      int result = (int) CLOSE.invokeExact(arena.allocate(Linker.Option.captureStateLayout()), fd);
      assert result == 0 || result == -1;
    } catch (Throwable e) {
      throw new AssertionError("close(2) throws nothing", e);
    }
  }

  /// Has reads of an open file, by whichever descriptor of whichever process, fail with `EAGAIN`
  /// instead of waiting, or wait again.
  public static void setBlocking(int fd, boolean blocking) {
    int flags = fcntl(fd, F_GETFL, 0);
    int result = fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
    assert flags >= 0 && result == 0 : "no descriptor: " + fd;
  }

  private static int fcntl(int fd, int command, int argument) {
    try {
      return (int) FCNTL.invokeExact(fd, command, argument);
    } catch (Throwable e) {
      throw new AssertionError("fcntl(2) throws nothing", e);
    }
  }

  private static int call(long number, long first, long second, String what) throws IOException {
    long result;
    int error;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      result = (long) SYSCALL.invokeExact(state, number, first, second, 0L);
      error = result < 0 ? (int) ERRNO_VALUE.get(state, 0L) : 0;
    } catch (Throwable e) {
      throw new AssertionError("syscall(2) throws nothing", e);
    }
    if (result < 0) {
      throw new IOException("cannot duplicate " + what + ": " + Errno.describe(error));
    }
    return (int) result;
  }
}
