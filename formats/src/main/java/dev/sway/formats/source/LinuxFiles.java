package dev.sway.formats.source;

import dev.sway.formats.id.ByteName;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The system calls that read a folder exactly: relative to an open directory, so that nothing can
/// lead out of it, with names as bytes, which `java.nio.file` decodes and loses, and with the
/// extended attributes that it does not show. Linux only. Thread-safe.
///
/// A failed call is an [ErrnoException].
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
final class LinuxFiles {
  private static final boolean ARM =
      System.getProperty("os.arch").equals("aarch64"); // has flags of its own

  private static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  private static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;

  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_FDCWD = -100;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_MNT_ID = 0x1000;
  private static final int STATX_BYTES = 256;

  private static final int SEEK_SET = 0;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  /// `XATTR_LIST_MAX` and `XATTR_SIZE_MAX`.
  private static final int MAX_XATTR = 1 << 16;

  private static final int DIRECTORY_BUFFER = 64 << 10;

  /// Offsets in `struct linux_dirent64`.
  private static final int DIRENT_LENGTH = 16;

  private static final int DIRENT_NAME = 19;

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));

  private static final MethodHandle OPENAT =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("openat"),
          FunctionDescriptor.of(INT, INT, ADDRESS, INT, INT),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(3));
  private static final MethodHandle CLOSE = handle("close", INT, INT);
  private static final MethodHandle STATX = handle("statx", INT, INT, ADDRESS, INT, INT, ADDRESS);
  private static final MethodHandle GETDENTS64 = handle("getdents64", LONG, INT, ADDRESS, LONG);
  private static final MethodHandle READLINKAT =
      handle("readlinkat", LONG, INT, ADDRESS, ADDRESS, LONG);
  private static final MethodHandle LLISTXATTR = handle("llistxattr", LONG, ADDRESS, ADDRESS, LONG);
  private static final MethodHandle LGETXATTR =
      handle("lgetxattr", LONG, ADDRESS, ADDRESS, ADDRESS, LONG);
  private static final MethodHandle LSEEK = handle("lseek", LONG, INT, LONG, INT);
  private static final MethodHandle PREAD = handle("pread", LONG, INT, ADDRESS, LONG, LONG);

  private LinuxFiles() {}

  private static MethodHandle handle(
      String name, ValueLayout result, java.lang.foreign.MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }

  /// One call with its own memory.
  @FunctionalInterface
  private interface Call {
    long with(MemorySegment state) throws Throwable;
  }

  private static long call(Arena arena, Call call) throws ErrnoException {
    MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
    while (true) {
      long result;
      try {
        result = call.with(state);
      } catch (Throwable e) {
        throw new AssertionError("a system call throws nothing", e);
      }
      int errno = result >= 0 ? 0 : (int) ERRNO.get(state, 0L);
      if (result >= 0) {
        return result;
      }
      if (errno != ErrnoException.EINTR) {
        throw new ErrnoException(errno);
      }
    }
  }

  /// Opens the directory at a path of this process, through symbolic links.
  static int openDirectory(String path) throws ErrnoException {
    return open(AT_FDCWD, path.getBytes(StandardCharsets.UTF_8), O_DIRECTORY);
  }

  /// Opens the directory `name` of the directory `parent`; not through a symbolic link.
  static int openDirectory(int parent, ByteName name) throws ErrnoException {
    return open(parent, name.bytes(), O_DIRECTORY | O_NOFOLLOW);
  }

  /// Opens `name` of the directory `parent` for reading; not through a symbolic link, and without
  /// waiting for anybody where it is a pipe.
  static int openFile(int parent, ByteName name) throws ErrnoException {
    return open(parent, name.bytes(), O_NOFOLLOW | O_NONBLOCK);
  }

  private static int open(int parent, byte[] path, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = string(arena, path);
      return (int)
          call(arena, state -> (int) OPENAT.invokeExact(state, parent, name, flags | O_CLOEXEC, 0));
    }
  }

  static void close(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      int result =
          (int) CLOSE.invokeExact(arena.allocate(Linker.Option.captureStateLayout()), descriptor);
      assert result == 0;
    } catch (Throwable e) {
      throw new AssertionError("close(2) throws nothing", e);
    }
  }

  /// The status of an open file.
  static FileStatus status(int descriptor) throws ErrnoException {
    return status(descriptor, new byte[0], AT_EMPTY_PATH);
  }

  /// The status of `name` in the directory `parent`, of the link itself where it is one.
  static FileStatus status(int parent, ByteName name) throws ErrnoException {
    return status(parent, name.bytes(), AT_SYMLINK_NOFOLLOW);
  }

  private static FileStatus status(int parent, byte[] path, int flags) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = string(arena, path);
      MemorySegment found = arena.allocate(STATX_BYTES, Long.BYTES);
      call(
          arena,
          state ->
              (int)
                  STATX.invokeExact(
                      state, parent, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, found));
      return status(found);
    }
  }

  /// Reads `struct statx`, which is the same on every architecture.
  private static FileStatus status(MemorySegment found) {
    boolean hasMount = (found.get(INT, 0) & STATX_MNT_ID) != 0;
    long device = (long) found.get(INT, 136) << 32 | Integer.toUnsignedLong(found.get(INT, 140));
    long size = found.get(LONG, 40);
    return new FileStatus(
        found.get(ValueLayout.JAVA_SHORT, 28) & 0xffff,
        found.get(INT, 16),
        found.get(INT, 20),
        found.get(INT, 24),
        size,
        found.get(LONG, 48),
        found.get(LONG, 112),
        found.get(INT, 120),
        found.get(INT, 128),
        found.get(INT, 132),
        new FileStatus.Version(
            new FileStatus.Inode(device, found.get(LONG, 32)),
            size,
            found.get(LONG, 112),
            found.get(INT, 120),
            found.get(LONG, 96),
            found.get(INT, 104)),
        hasMount ? new FileStatus.Mount(0, found.get(LONG, 144)) : new FileStatus.Mount(device, 0));
  }

  /// The names in an open directory, without `.` and `..`, in no particular order.
  static List<ByteName> names(int directory) throws ErrnoException {
    List<ByteName> names = new ArrayList<>();
    long start = seek(directory, 0, SEEK_SET);
    assert start == 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(DIRECTORY_BUFFER, Long.BYTES);
      while (true) {
        int filled =
            (int)
                call(
                    arena,
                    state ->
                        (long)
                            GETDENTS64.invokeExact(
                                state, directory, buffer, (long) DIRECTORY_BUFFER));
        if (filled == 0) {
          return names;
        }
        for (int at = 0; at < filled; ) {
          int length = buffer.get(ValueLayout.JAVA_SHORT, at + DIRENT_LENGTH) & 0xffff;
          ByteName name = nameIn(buffer.asSlice(at + DIRENT_NAME, length - DIRENT_NAME));
          if (!isDots(name)) {
            names.add(name);
          }
          at += length;
        }
      }
    }
  }

  private static ByteName nameIn(MemorySegment field) {
    byte[] bytes = field.toArray(ValueLayout.JAVA_BYTE);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return ByteName.of(bytes, 0, end);
  }

  private static boolean isDots(ByteName name) {
    return name.at(0) == '.' && (name.length() == 1 || (name.length() == 2 && name.at(1) == '.'));
  }

  /// The text of the symbolic link `name` in the directory `parent`.
  static ByteName linkTarget(int parent, ByteName name) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = string(arena, name.bytes());
      MemorySegment buffer = arena.allocate(1 << 13);
      long length =
          call(
              arena,
              state ->
                  (long) READLINKAT.invokeExact(state, parent, path, buffer, buffer.byteSize()));
      return ByteName.of(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /// The names of the extended attributes of `name` in the directory `parent`, or of the directory
  /// itself where `name` is `.`; of the link itself where it is one. None where the file system has
  /// none.
  static List<ByteName> xattrNames(int parent, ByteName name) throws ErrnoException {
    List<ByteName> names = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = descriptorPath(arena, parent, name);
      long size =
          call(arena, state -> (long) LLISTXATTR.invokeExact(state, path, MemorySegment.NULL, 0L));
      if (size == 0) {
        return names;
      }
      MemorySegment buffer = arena.allocate(MAX_XATTR);
      long length =
          call(
              arena, state -> (long) LLISTXATTR.invokeExact(state, path, buffer, (long) MAX_XATTR));
      for (long at = 0; at < length; at += names.getLast().length() + 1) {
        names.add(nameIn(buffer.asSlice(at, length - at)));
      }
      return names;
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ENOTSUP) {
        return List.of();
      }
      throw e;
    }
  }

  /// The value of an extended attribute; empty where it is gone meanwhile.
  static Optional<byte[]> xattr(int parent, ByteName name, ByteName xattr) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = descriptorPath(arena, parent, name);
      MemorySegment key = string(arena, xattr.bytes());
      MemorySegment buffer = arena.allocate(MAX_XATTR);
      long length =
          call(
              arena,
              state -> (long) LGETXATTR.invokeExact(state, path, key, buffer, (long) MAX_XATTR));
      return Optional.of(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ENODATA) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// These calls take no directory, but `/proc` leads to an open one.
  private static MemorySegment descriptorPath(Arena arena, int parent, ByteName name) {
    byte[] start = ("/proc/self/fd/" + parent + "/").getBytes(StandardCharsets.US_ASCII);
    byte[] path = java.util.Arrays.copyOf(start, start.length + name.length());
    System.arraycopy(name.bytes(), 0, path, start.length, name.length());
    return string(arena, path);
  }

  /// The offset of the first data at or after `offset`; empty where only a hole follows.
  static Optional<Long> dataFrom(int descriptor, long offset) throws ErrnoException {
    try {
      return Optional.of(seek(descriptor, offset, SEEK_DATA));
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ENXIO) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// The offset of the first hole after `offset`, which is in data: the file's end where there is
  /// no other.
  static long holeFrom(int descriptor, long offset) throws ErrnoException {
    return seek(descriptor, offset, SEEK_HOLE);
  }

  private static long seek(int descriptor, long offset, int whence) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      return call(arena, state -> (long) LSEEK.invokeExact(state, descriptor, offset, whence));
    }
  }

  /// Reads up to `length` bytes at `offset` into `target`.
  ///
  /// @return how many; 0 at the end of the file
  static int read(int descriptor, long offset, byte[] target, int targetOffset, int length)
      throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(length);
      int count =
          (int)
              call(
                  arena,
                  state ->
                      (long) PREAD.invokeExact(state, descriptor, buffer, (long) length, offset));
      MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, target, targetOffset, count);
      return count;
    }
  }

  private static MemorySegment string(Arena arena, byte[] bytes) {
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment;
  }
}
