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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// What statx(2) says of a file.
///
/// @param device of its file system, major and minor number in the upper and lower half
/// @param inode its number there
/// @param size in bytes
/// @param allocated how many bytes of the disk it takes: fewer than its size where it has holes
/// @param changedNanos when anything about it changed last (`ctime`), in nanoseconds since 1970
public record FileFacts(long device, long inode, long size, long allocated, long changedNanos) {
  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;

  /// `struct statx` and where in it things are, on every architecture.
  private static final int STATX_BYTES = 256;

  private static final int INO = 32;
  private static final int SIZE = 40;
  private static final int BLOCKS = 48;
  private static final int CTIME = 96;
  private static final int DEV_MAJOR = 136;
  private static final int DEV_MINOR = 140;

  /// What `stx_blocks` counts in.
  private static final int BLOCK = 512;

  private static final long NANOS = 1_000_000_000;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));

  @SuppressWarnings("restricted") // the launcher enables native access for all of sway
  private static final MethodHandle STATX =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("statx"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS),
          Linker.Option.captureCallState("errno"));

  /// Those of `path` itself, also where it is a symbolic link.
  ///
  /// @throws IOException where there is nothing, or nothing that can be asked
  public static FileFacts of(Path path) throws IOException {
    return ask(path, AT_FDCWD, path.toString(), AT_SYMLINK_NOFOLLOW);
  }

  /// Whether there is a file at `path`, also where it is a symbolic link.
  ///
  /// @param path of any bytes, without NUL
  public static boolean exist(byte[] path) {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
              STATX.invokeExact(
                  arena.allocate(Linker.Option.captureStateLayout()),
                  AT_FDCWD,
                  CString.of(path, arena),
                  AT_SYMLINK_NOFOLLOW,
                  STATX_BASIC_STATS,
                  arena.allocate(STATX_BYTES, Long.BYTES))
          == 0;
    } catch (Throwable e) {
      throw new AssertionError("statx(2) throws nothing", e);
    }
  }

  /// Those of the open file `descriptor`, which is called `path` in errors.
  static FileFacts of(Path path, int descriptor) throws IOException {
    return ask(path, descriptor, "", AT_EMPTY_PATH);
  }

  private static FileFacts ask(Path path, int descriptor, String name, int flags)
      throws IOException {
    int error;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment facts = arena.allocate(STATX_BYTES, Long.BYTES);
      int result =
          (int)
              STATX.invokeExact(
                  state,
                  descriptor,
                  arena.allocateFrom(name, StandardCharsets.UTF_8),
                  flags,
                  STATX_BASIC_STATS,
                  facts);
      if (result == 0) {
        return parse(facts);
      }
      error = (int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw new AssertionError("statx(2) throws nothing", e);
    }
    throw NativeFile.failure(path, error);
  }

  private static FileFacts parse(MemorySegment statx) {
    return new FileFacts(
        ((long) statx.get(ValueLayout.JAVA_INT, DEV_MAJOR) << 32)
            | statx.get(ValueLayout.JAVA_INT, DEV_MINOR),
        statx.get(ValueLayout.JAVA_LONG, INO),
        statx.get(ValueLayout.JAVA_LONG, SIZE),
        statx.get(ValueLayout.JAVA_LONG, BLOCKS) * BLOCK,
        statx.get(ValueLayout.JAVA_LONG, CTIME) * NANOS
            + statx.get(ValueLayout.JAVA_INT, CTIME + 8));
  }
}
