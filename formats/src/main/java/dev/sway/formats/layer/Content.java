package dev.sway.formats.layer;

import java.io.IOException;

/// Where the bytes of one regular file lie until they are chunked.
///
/// @param file that holds them
/// @param offset of the first one in it
/// @param size of the regular file in bytes
public record Content(ContentFile file, long offset, long size) {
  /// Fills `target[targetOffset..targetOffset+length)` with the bytes at `position` of the regular
  /// file.
  public void read(long position, byte[] target, int targetOffset, int length) throws IOException {
    file.read(offset + position, target, targetOffset, length);
  }
}
