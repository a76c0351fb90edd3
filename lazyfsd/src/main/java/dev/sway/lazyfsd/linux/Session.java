package dev.sway.lazyfsd.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The session of this process (setsid(2)), which decides whose signals reach it.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
public final class Session {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle SETSID =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("setsid"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT));

  private Session() {}

  /// Leaves the session and the terminal of whoever started this process. Does nothing where this
  /// process leads its process group already, as a shell's foreground job does.
  public static void leave() {
    try {
      int id = (int) SETSID.invokeExact();
      assert id > 0 || id == -1;
    } catch (Throwable e) {
      throw new AssertionError("setsid(2) throws nothing", e);
    }
  }
}
