package dev.sway.lazyfsd.source.http;

import dev.sway.formats.id.Digest;
import java.util.List;

/// Some bytes of a blob, fetched in one piece.
///
/// @param blob its digest
/// @param size of the whole blob in bytes
/// @param needed which of them are of use, ascending; what lies between them comes with them
public record BlobRange(Digest blob, long size, List<Span> needed) {
  public BlobRange {
    needed = List.copyOf(needed);
    long end = 0;
    for (Span span : needed) {
      if (span.offset() < end || span.end() > size) {
        throw new IllegalArgumentException("no spans of %d bytes: %s".formatted(size, needed));
      }
      end = span.end();
    }
    if (needed.isEmpty() || end - needed.getFirst().offset() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("no range: " + needed);
    }
  }

  /// A range of which all is needed.
  public BlobRange(Digest blob, long size, long offset, int length) {
    this(blob, size, List.of(new Span(offset, length)));
  }

  /// The offset of the first byte.
  public long offset() {
    return needed.getFirst().offset();
  }

  /// How many bytes it has, those between the needed ones included.
  public int length() {
    return (int) (needed.getLast().end() - offset());
  }

  /// The same bytes, as if all of them were needed: what servers that have whole blobs are asked.
  public BlobRange whole() {
    return needed.size() == 1 ? this : new BlobRange(blob, size, offset(), length());
  }

  /// The offset of the last byte.
  long last() {
    return offset() + length() - 1;
  }

  /// As it is asked for and answered, without the blob's size.
  @Override
  public String toString() {
    return offset() + "-" + last();
  }
}
