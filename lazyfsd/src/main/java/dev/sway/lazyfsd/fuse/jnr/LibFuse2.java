package dev.sway.lazyfsd.fuse.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import jnr.ffi.types.size_t;
import org.jspecify.annotations.Nullable;
import ru.serce.jnrfuse.struct.FuseOperations;

/// What jnr-fuse's own binding lacks: to set a mount up, run its loop and take it down apart from
/// one another.
///
/// `fuse_setup` also asks for signal handlers, but installs one only where the process has none;
/// the JVM has.
public interface LibFuse2 {
  @Nullable Pointer fuse_setup(
      int argc,
      @In String[] argv,
      FuseOperations operations,
      @size_t long operationsSize,
      @Out PointerByReference mountPoint,
      @Out IntByReference multithreaded,
      @Nullable Pointer userData);

  /// Serves requests on this thread until the file system is unmounted.
  int fuse_loop(Pointer fuse);

  /// Ends the session without `fuse_teardown`'s removal of signal handlers that were never
  /// installed.
  void fuse_destroy(Pointer fuse);
}
