package dev.sway.lazyfsd.fuse;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.ServedFrom;
import org.jspecify.annotations.Nullable;

/// A request of the kernel's that was answered, or what it was given as if it had asked: then it
/// ended when it began.
///
/// @param operation what was asked for
/// @param inode that it was about; of a lookup the directory
/// @param name that was looked up; null for any other operation
/// @param offset of a read, else 0
/// @param length of a read as it was asked for, else 0
/// @param thread that asked, 0 where the kernel asked for itself
/// @param begin when the request was read, by [System#nanoTime]
/// @param end when it was answered
/// @param from the farthest place that the answer needed
/// @param failed whether the answer was an error
public record Served(
    Operation operation,
    long inode,
    @Nullable ByteName name,
    long offset,
    int length,
    int thread,
    long begin,
    long end,
    ServedFrom from,
    boolean failed) {
  /// A read that has its bytes.
  public static Served read(
      long inode, long offset, int length, int thread, long begin, long end, ServedFrom from) {
    return new Served(Operation.READ, inode, null, offset, length, thread, begin, end, from, false);
  }
}
