package dev.sway.lazyfsd.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// readlink(2), by paths of any bytes.
public final class SymbolicLinks {
  private static final Linker LINKER = Linker.nativeLinker();

  @SuppressWarnings("restricted") // the launcher enables native access for all of sway
  private static final MethodHandle READLINK =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("readlink"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG));

  private SymbolicLinks() {}

  /// Has the kernel find out where the symbolic link at `path` leads, if there is one: it may
  /// remember that.
  ///
  /// @param path of any bytes, without NUL
  public static void touch(byte[] path) {
    try (Arena arena = Arena.ofConfined()) {
      // Room for one byte does: the kernel reads all of it, and hands over what fits.
      long _ = (long) READLINK.invokeExact(CString.of(path, arena), arena.allocate(1), 1L);
    } catch (Throwable e) {
      throw new AssertionError("readlink(2) throws nothing", e);
    }
  }
}
