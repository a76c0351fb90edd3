package dev.sway.lazyfsd.fuse.jnr;

import dev.sway.formats.id.ByteName;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;

/// Bytes that libfuse and Java pass to one another.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
final class NativeBytes {
  private NativeBytes() {}

  /// The `size` bytes at `pointer`, valid as long as libfuse's buffer is: until the callback
  /// returns. (jnr's own copy goes byte by byte.)
  static MemorySegment segment(Pointer pointer, long size) {
    return MemorySegment.ofAddress(pointer.address()).reinterpret(size);
  }

  /// The bytes before the NUL at the end of a C string.
  static byte[] cStringBytes(Pointer pointer) {
    MemorySegment memory = MemorySegment.ofAddress(pointer.address()).reinterpret(Long.MAX_VALUE);
    long length = 0;
    while (memory.get(ValueLayout.JAVA_BYTE, length) != 0) {
      length++;
    }
    return memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
  }

  static ByteName name(Pointer pointer) {
    return ByteName.of(cStringBytes(pointer));
  }

  /// Native memory for `struct`, zeroed, which it then uses.
  static Pointer allocate(Struct struct) {
    Pointer memory = Memory.allocateDirect(Runtime.getSystemRuntime(), Struct.size(struct), true);
    struct.useMemory(memory);
    return memory;
  }
}
