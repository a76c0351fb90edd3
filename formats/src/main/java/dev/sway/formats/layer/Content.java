package dev.sway.formats.layer;

import dev.sway.formats.tar.SparseMap;
import java.io.IOException;

/// The bytes of one regular file, until they are chunked. Thread-safe.
public interface Content {
  /// Where in the regular file its data lie.
  SparseMap data();

  /// The size of the regular file in bytes, holes included.
  default long size() {
    return data().size();
  }

  /// Fills `target[targetOffset..targetOffset+length)` with the data at `position`, which is
  /// counted without holes as [SparseMap] says.
  void read(long position, byte[] target, int targetOffset, int length) throws IOException;
}
