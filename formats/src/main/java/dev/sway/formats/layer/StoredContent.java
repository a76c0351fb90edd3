package dev.sway.formats.layer;

import dev.sway.formats.tar.SparseMap;
import java.io.IOException;

/// The bytes of a regular file that lie in one piece in an archive or a spool.
///
/// @param file that holds them
/// @param offset of the first one in it
/// @param data where in the regular file they belong
public record StoredContent(ContentFile file, long offset, SparseMap data) implements Content {
  @Override
  public void read(long position, byte[] target, int targetOffset, int length) throws IOException {
    file.read(offset + position, target, targetOffset, length);
  }
}
