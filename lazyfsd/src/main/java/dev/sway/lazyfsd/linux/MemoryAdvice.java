package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.Linker.Option;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What the kernel is told about this process's memory (madvise(2)). Thread-safe.
@SuppressWarnings("restricted") // the launcher enables native access for all of sway
public final class MemoryAdvice {
  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  /// Begin and end of a mapping that cannot be written, and whose pages are the file's own.
  private static final Pattern SHARED_FILE = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r--s ");

  private static final int MADV_DONTNEED = 4;
  private static final int MADV_NOHUGEPAGE = 15;
  private static final int MADV_POPULATE_WRITE = 23;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final VarHandle ERRNO =
      Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final MethodHandle MADVISE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("madvise"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT),
          Option.captureCallState("errno"));

  private MemoryAdvice() {}

  /// Takes the pages of a file that this process has mapped, read-only and shared, out of its
  /// memory. They are the file's as before: who reads them next has them from the page cache, which
  /// may give them up meanwhile, or from the disk. The file must stay mapped meanwhile.
  ///
  /// @param address in that mapping; of any other, nothing is done
  public static void releaseFile(long address) throws IOException {
    try (Stream<String> mappings = Files.lines(MAPPINGS, StandardCharsets.ISO_8859_1)) {
      mappings
          .map(SHARED_FILE::matcher)
          .filter(Matcher::lookingAt)
          .filter(mapping -> start(mapping) <= address && address < end(mapping))
          .findFirst()
          .ifPresent(mapping -> release(start(mapping), end(mapping) - start(mapping)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static long start(Matcher mapping) {
    return Long.parseUnsignedLong(mapping.group(1), 16);
  }

  private static long end(Matcher mapping) {
    return Long.parseUnsignedLong(mapping.group(2), 16);
  }

  /// Gives the memory of a range back that is this process's alone; its content is zeros from then
  /// on.
  ///
  /// @param address of a page
  static void release(long address, long bytes) {
    int error = advise(address, bytes, MADV_DONTNEED);
    if (error != 0) {
      throw new IllegalStateException("madvise(2) fails: " + Errno.describe(error));
    }
  }

  /// Has memory put behind a range at once, which takes less time than page by page when it is
  /// written. A kernel before Linux 5.14, or without memory, refuses; then it comes page by page.
  ///
  /// @param address of a page
  static void populate(long address, long bytes) {
    int refused = advise(address, bytes, MADV_POPULATE_WRITE);
    assert refused >= 0;
  }

  /// No page of a range is to be a huge one. A kernel without huge pages refuses, and is right.
  static void declineHugePages(long address, long bytes) {
    int refused = advise(address, bytes, MADV_NOHUGEPAGE);
    assert refused >= 0;
  }

  /// Answers 0 or the error number.
  private static int advise(long address, long bytes, int advice) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Option.captureStateLayout());
      int result = (int) MADVISE.invokeExact(state, address, bytes, advice);
      return result == 0 ? 0 : (int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw new AssertionError("madvise(2) throws nothing", e);
    }
  }
}
