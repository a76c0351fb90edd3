package dev.sway.lazyfsd.source.http;

import dev.sway.formats.id.Digest;

/// Some bytes of a blob.
///
/// @param blob its digest
/// @param size of the whole blob in bytes
/// @param offset of the first byte wanted
/// @param length how many bytes are wanted, at least 1
public record BlobRange(Digest blob, long size, long offset, int length) {
  public BlobRange {
    if (offset < 0 || length < 1 || offset > size - length) {
      throw new IllegalArgumentException(
          "no range of %d bytes: %d at %d".formatted(size, length, offset));
    }
  }

  /// The offset of the last byte wanted.
  long last() {
    return offset + length - 1;
  }

  /// As it is asked for and answered, without the blob's size.
  @Override
  public String toString() {
    return offset + "-" + last();
  }
}
