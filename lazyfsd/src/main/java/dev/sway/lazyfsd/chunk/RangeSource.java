package dev.sway.lazyfsd.chunk;

import dev.sway.formats.index.PackReference;
import java.io.IOException;

/// Where bytes of packs come from when they are not on this machine. Implementations are
/// thread-safe.
public interface RangeSource {
  /// The bytes `offset..offset+length` of `pack`, unverified.
  ///
  /// @throws IOException where they cannot be had before the source's deadline
  byte[] range(PackReference pack, long offset, int length) throws IOException;
}
