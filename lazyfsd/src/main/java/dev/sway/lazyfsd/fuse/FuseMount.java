package dev.sway.lazyfsd.fuse;

import java.nio.file.Path;
import java.util.List;

/// A file system that is mounted and served. Thread-safe.
public interface FuseMount extends AutoCloseable {
  /// The descriptors that keep it alive as long as any process has them open, so that another
  /// process can go on serving it with [FuseTransport#resume]; empty where none can. They stay this
  /// mount's.
  default List<Integer> descriptors() {
    return List.of();
  }

  /// Where it is mounted.
  Path point();

  /// Unmounts and waits until no request is served any more. Readers that are still there get
  /// errors.
  @Override
  void close();
}
