package dev.sway.formats.profile;

/// A range of a file.
///
/// @param offset in bytes, at least 0
/// @param length in bytes, at least 1
public record ProfileRange(long offset, long length) {
  /// Where it ends.
  public long end() {
    return offset + length;
  }
}
