package dev.sway.lazyfsd.fuse;

import java.nio.file.Path;

/// A file system that is mounted and served. Thread-safe.
public interface FuseMount extends AutoCloseable {
  /// Where it is mounted.
  Path point();

  /// Unmounts and waits until no request is served any more. Readers that are still there get
  /// errors.
  @Override
  void close();
}
