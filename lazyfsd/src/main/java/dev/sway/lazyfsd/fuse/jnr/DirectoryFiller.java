package dev.sway.lazyfsd.fuse.jnr;

import dev.sway.formats.id.ByteName;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import ru.serce.jnrfuse.struct.FileStat;

/// Hands a directory's entries to libfuse, through the function that a `readdir` callback is given
/// (`fuse_fill_dir_t` in libfuse 2.9): `int filler(void *buffer, const char *name, const struct
/// stat *stat, off_t offset)`. For one thread, within one callback.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
final class DirectoryFiller implements AutoCloseable {
  private static final MethodHandle FILL =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_LONG));

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment function;
  private final MemorySegment buffer;
  private final MemorySegment name = arena.allocate(ByteName.MAX_BYTES + 1L);
  private final FileStat stat = new FileStat(Runtime.getSystemRuntime());
  private final MemorySegment statMemory;

  DirectoryFiller(Pointer filler, Pointer buffer) {
    this.function = MemorySegment.ofAddress(filler.address());
    this.buffer = MemorySegment.ofAddress(buffer.address());
    this.statMemory = MemorySegment.ofAddress(NativeBytes.allocate(stat).address());
  }

  /// Adds an entry; answers whether there is room for more. Type and number are all that a plain
  /// READDIR passes on.
  boolean add(ByteName entry, long inode, int mode) {
    byte[] bytes = entry.bytes();
    MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, 0, bytes.length);
    name.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    stat.st_ino.set(inode);
    stat.st_mode.set(mode);
    try {
      return (int) FILL.invokeExact(function, buffer, name, statMemory, 0L) == 0;
    } catch (Throwable e) {
      throw new AssertionError("a C function throws nothing", e);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
