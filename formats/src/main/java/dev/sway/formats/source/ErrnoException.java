package dev.sway.formats.source;

import java.io.IOException;

/// A system call that failed. The message says why, and nothing of where.
final class ErrnoException extends IOException {
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int EACCES = 13;
  static final int ENOTDIR = 20;
  static final int ELOOP = 40;
  static final int ENODATA = 61;
  static final int ENOTSUP = 95;

  private final int errno;

  ErrnoException(int errno) {
    super(
        switch (errno) {
          case 1 -> "operation not permitted";
          case ENOENT -> "no such file or directory";
          case 5 -> "input/output error";
          case 12 -> "out of memory";
          case EACCES -> "permission denied";
          case 23, 24 -> "too many open files";
          case ENOTDIR -> "not a directory";
          case ELOOP -> "a symbolic link";
          case 116 -> "stale file handle";
          default -> "error " + errno;
        });
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  /// Whether the file is not any more what it was.
  boolean isChange() {
    return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO;
  }
}
