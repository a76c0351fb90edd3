package dev.sway.lazyfsd.source.http;

/// Bytes of a blob that lie one after the other.
///
/// @param offset of the first
/// @param length how many, at least 1
public record Span(long offset, int length) {
  public Span {
    if (offset < 0 || length < 1 || offset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException("no span: %d at %d".formatted(length, offset));
    }
  }

  /// The offset behind the last byte.
  public long end() {
    return offset + length;
  }
}
