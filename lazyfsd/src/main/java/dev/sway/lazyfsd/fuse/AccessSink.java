package dev.sway.lazyfsd.fuse;

import dev.sway.formats.id.ByteName;
import dev.sway.formats.trace.Operation;
import dev.sway.formats.trace.ServedFrom;
import org.jspecify.annotations.Nullable;

/// Is told what the kernel asked of a mount. Implementations are thread-safe and quick: they are
/// called by the threads that serve it, after each answer.
@FunctionalInterface
public interface AccessSink {
  /// Takes no notice.
  AccessSink NONE =
      (operation, inode, name, offset, length, thread, begin, end, from, failed) -> {};

  /// Both this and `next` are told, in this order.
  default AccessSink andThen(AccessSink next) {
    return (operation, inode, name, offset, length, thread, begin, end, from, failed) -> {
      served(operation, inode, name, offset, length, thread, begin, end, from, failed);
      next.served(operation, inode, name, offset, length, thread, begin, end, from, failed);
    };
  }

  /// Takes one request that was answered.
  ///
  /// @param inode that it was about; of a lookup the directory
  /// @param name that was looked up; null for any other operation
  /// @param offset of a read, else 0
  /// @param length of a read as it was asked for, else 0
  /// @param thread that asked, 0 where the kernel asked for itself
  /// @param begin when the request was read, by [System#nanoTime]
  /// @param end when it was answered
  /// @param from the farthest place that the answer needed
  /// @param failed whether the answer was an error
  void served(
      Operation operation,
      long inode,
      @Nullable ByteName name,
      long offset,
      int length,
      int thread,
      long begin,
      long end,
      ServedFrom from,
      boolean failed);
}
