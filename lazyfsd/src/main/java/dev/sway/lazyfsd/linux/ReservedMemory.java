package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.Linker.Option;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// Address space without memory behind it: the kernel gives a page to what is written, and takes it
/// back when it is told so (mmap(2), madvise(2)). Thread-safe.
///
/// It is unmapped when nobody refers to it any more, so that no reader ever meets memory that is
/// somebody else's.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
public final class ReservedMemory {
  /// The unit in which memory comes and goes: no kernel has larger pages.
  public static final int GRAIN = 64 << 10;

  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final VarHandle ERRNO =
      Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle MMAP =
      handle("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
  private static final MethodHandle MUNMAP =
      handle("munmap", FunctionDescriptor.of(INT, LONG, LONG));

  private final MemorySegment all;

  private ReservedMemory(MemorySegment all) {
    this.all = all;
  }

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name), descriptor, Option.captureCallState("errno"));
  }

  /// Reserves `bytes` of address space.
  ///
  /// @param bytes a multiple of [#GRAIN]
  /// @throws IOException where the kernel refuses
  public static ReservedMemory reserve(long bytes) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Option.captureStateLayout());
      long address =
          (long)
              MMAP.invokeExact(
                  state, 0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
      if (address == -1) {
        throw new IOException(
            "cannot reserve %d bytes of address space: %s; raise 'ulimit -v'"
                .formatted(bytes, Errno.describe((int) ERRNO.get(state, 0L))));
      }
      MemoryAdvice.declineHugePages(address, bytes);
      return new ReservedMemory(
          MemorySegment.ofAddress(address)
              .reinterpret(bytes, Arena.ofAuto(), segment -> unmap(segment.address(), bytes)));
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("mmap(2) throws nothing", e);
    }
  }

  private static void unmap(long address, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      int failed =
          (int) MUNMAP.invokeExact(arena.allocate(Option.captureStateLayout()), address, bytes);
      assert failed == 0;
    } catch (Throwable e) {
      throw new AssertionError("munmap(2) throws nothing", e);
    }
  }

  /// All of it.
  public MemorySegment all() {
    return all;
  }

  /// Has memory put behind `offset..offset+bytes`, as far as there is none, because all of it is
  /// about to be written. What is there keeps its content.
  ///
  /// @param offset of a page
  public void populate(long offset, long bytes) {
    MemoryAdvice.populate(all.asSlice(offset, bytes).address(), bytes);
  }

  /// Gives the memory of `offset..offset+bytes` back; its content is zeros from then on.
  ///
  /// @param offset a multiple of [#GRAIN]
  public void release(long offset, long bytes) {
    MemoryAdvice.release(all.asSlice(offset, bytes).address(), bytes);
  }
}
