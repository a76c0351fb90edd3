package dev.sway.lazyfsd.linux;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
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
import java.nio.file.Path;

/// mount(2), umount2(2), statfs(2) and umask(2). Thread-safe.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
public final class SystemCalls {
  /// `MS_RDONLY`: nothing can be written here.
  public static final long MS_RDONLY = 1;

  /// `MS_NOSUID`: set-user-ID bits mean nothing here.
  public static final long MS_NOSUID = 2;

  /// `MS_NODEV`: device nodes cannot be opened here.
  public static final long MS_NODEV = 4;

  /// `MS_NOATIME`: reading changes no times.
  public static final long MS_NOATIME = 1024;

  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_VALUE =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle MOUNT =
      handle(
          "mount",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ValueLayout.JAVA_LONG, ADDRESS));
  private static final MethodHandle UMOUNT2 =
      handle("umount2", FunctionDescriptor.of(ValueLayout.JAVA_INT, ADDRESS, ValueLayout.JAVA_INT));

  private static final MethodHandle STATFS =
      handle("statfs", FunctionDescriptor.of(ValueLayout.JAVA_INT, ADDRESS, ADDRESS));

  /// More than `struct statfs` has.
  private static final int STATFS_BYTES = 256;

  private static final MethodHandle UMASK =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("umask"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private SystemCalls() {}

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, ERRNO);
  }

  /// Mounts a file system of type `type` at `target`.
  ///
  /// @param source shown in `/proc/mounts`
  /// @param flags of mount(2)
  /// @param data the file system's own options, joined by commas
  /// @throws SwayException of kind `mount` where the kernel refuses
  public static void mount(String source, Path target, String type, long flags, String data)
      throws SwayException {
    int error;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      int result =
          (int)
              MOUNT.invokeExact(
                  state,
                  string(arena, source),
                  string(arena, target.toString()),
                  string(arena, type),
                  flags,
                  string(arena, data));
      error = result == 0 ? 0 : (int) ERRNO_VALUE.get(state, 0L);
    } catch (Throwable e) {
      throw new AssertionError("mount(2) throws nothing", e);
    }
    if (error != 0) {
      throw new SwayException(
          FailureKind.MOUNT,
          "cannot mount %s at %s: %s; lazyfsd needs root (CAP_SYS_ADMIN) and a kernel with %s"
              .formatted(type, target, Errno.describe(error), type));
    }
  }

  /// Unmounts what is mounted at `target`; with `detach` also where it is in use, which then lasts
  /// until its last user is gone.
  ///
  /// @return 0, or the error number
  public static int unmount(Path target, boolean detach) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      int flags = UMOUNT_NOFOLLOW | (detach ? MNT_DETACH : 0);
      int result = (int) UMOUNT2.invokeExact(state, string(arena, target.toString()), flags);
      return result == 0 ? 0 : (int) ERRNO_VALUE.get(state, 0L);
    } catch (Throwable e) {
      throw new AssertionError("umount2(2) throws nothing", e);
    }
  }

  /// Asks the file system at `path` for its size and discards the answer: FUSE's servers are asked
  /// each time.
  ///
  /// @return 0, or the error number
  public static int statfs(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment answer = arena.allocate(STATFS_BYTES, Long.BYTES);
      int result = (int) STATFS.invokeExact(state, string(arena, path.toString()), answer);
      return result == 0 ? 0 : (int) ERRNO_VALUE.get(state, 0L);
    } catch (Throwable e) {
      throw new AssertionError("statfs(2) throws nothing", e);
    }
  }

  /// Sets the permissions that this whole process withholds from the files that it creates.
  public static void umask(int mask) {
    try {
      int before = (int) UMASK.invokeExact(mask);
      assert before >= 0;
    } catch (Throwable e) {
      throw new AssertionError("umask(2) throws nothing", e);
    }
  }

  private static MemorySegment string(Arena arena, String text) {
    return arena.allocateFrom(text, StandardCharsets.UTF_8);
  }
}
