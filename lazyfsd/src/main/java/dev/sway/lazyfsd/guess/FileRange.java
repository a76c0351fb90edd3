package dev.sway.lazyfsd.guess;

import java.util.Optional;

/// Bytes of a file.
///
/// @param offset of the first one, at least 0
/// @param length at least 1; `offset + length` is a `long`
public record FileRange(long offset, long length) {
  /// What a file says of itself; empty where that is no range.
  static Optional<FileRange> of(long offset, long length) {
    return offset < 0 || length <= 0 || offset > Long.MAX_VALUE - length
        ? Optional.empty()
        : Optional.of(new FileRange(offset, length));
  }

  /// The first bytes of it, at most so many.
  FileRange first(long most) {
    return length <= most ? this : new FileRange(offset, most);
  }
}
