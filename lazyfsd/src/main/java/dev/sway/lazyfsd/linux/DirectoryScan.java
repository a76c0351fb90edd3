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
import java.util.function.BooleanSupplier;

/// Reads directories to their ends, whatever bytes their names have: openat(2), getdents64(3). For
/// one thread.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
public final class DirectoryScan implements AutoCloseable {
  /// Much at once: what lists for a FUSE server asks it once for each such piece.
  private static final int BUFFER_BYTES = 256 << 10;

  private static final int AT_FDCWD = -100;

  /// `O_DIRECTORY` and `O_NOFOLLOW` are other bits on AArch64 than on x86-64.
  private static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));

  private static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  private static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  private static final int O_CLOEXEC = 0x80000;

  /// `struct linux_dirent64`: inode 8, offset 8, its own length 2, type 1, then the name and a NUL.
  private static final int LENGTH = 16;

  private static final int TYPE = 18;
  private static final int NAME = 19;
  private static final byte DT_DIR = 4;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_VALUE =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle OPENAT =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("openat"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT),
          ERRNO,
          Linker.Option.firstVariadicArg(3));
  private static final MethodHandle GETDENTS =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("getdents64"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG),
          ERRNO);

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
  private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
  private final int root;

  /// Takes a directory that lies in the one that is listed.
  @FunctionalInterface
  public interface Visitor {
    /// Takes one.
    ///
    /// @param name without NUL
    /// @param inode its number
    void directory(byte[] name, long inode);
  }

  private DirectoryScan(Path root) throws IOException {
    try {
      this.root = open(AT_FDCWD, root.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      arena.close();
      throw e;
    }
  }

  /// Reads directories below `root`, which stays open until this is closed.
  public static DirectoryScan of(Path root) throws IOException {
    return new DirectoryScan(root);
  }

  /// Reads a directory to its end, and shows the directories in it, in its order, without `.` and
  /// `..`.
  ///
  /// @param path relative to the root, without NUL; empty for the root itself; no component of it
  ///   is a symbolic link
  /// @param goesOn is asked before each piece of a directory is read, of a thousand entries or so;
  ///   the rest is left where it answers no
  /// @throws IOException where there is none, or it cannot be read
  public void list(byte[] path, BooleanSupplier goesOn, Visitor visitor) throws IOException {
    int fd = open(root, path.length == 0 ? new byte[] {'.'} : path);
    try {
      for (long count = 1; count > 0 && goesOn.getAsBoolean(); ) {
        count = read(fd);
        show(count, visitor);
      }
    } finally {
      Descriptors.close(fd);
    }
  }

  private void show(long count, Visitor visitor) {
    for (long at = 0; at < count; ) {
      int length = Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT, at + LENGTH));
      if (buffer.get(ValueLayout.JAVA_BYTE, at + TYPE) == DT_DIR) {
        long end = at + NAME;
        while (buffer.get(ValueLayout.JAVA_BYTE, end) != 0) {
          end++;
        }
        byte[] name = buffer.asSlice(at + NAME, end - at - NAME).toArray(ValueLayout.JAVA_BYTE);
        if (!isDot(name)) {
          visitor.directory(name, buffer.get(ValueLayout.JAVA_LONG, at));
        }
      }
      at += length;
    }
  }

  private static boolean isDot(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }

  private int open(int at, byte[] path) throws IOException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment text = CString.of(path, call);
      int fd = (int) OPENAT.invokeExact(state, at, text, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (fd >= 0) {
        return fd;
      }
    } catch (Throwable e) {
      throw new AssertionError("openat(2) throws nothing", e);
    }
    throw failure("opened");
  }

  private long read(int fd) throws IOException {
    long count;
    try {
      count = (long) GETDENTS.invokeExact(state, fd, buffer, (long) BUFFER_BYTES);
    } catch (Throwable e) {
      throw new AssertionError("getdents64(3) throws nothing", e);
    }
    if (count < 0) {
      throw failure("read");
    }
    return count;
  }

  private IOException failure(String what) {
    return new IOException(
        "a directory cannot be " + what + ": " + Errno.describe((int) ERRNO_VALUE.get(state, 0L)));
  }

  @Override
  public void close() {
    Descriptors.close(root);
    arena.close();
  }
}
