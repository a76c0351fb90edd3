package dev.sway.formats.chunk;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ContentId;
import java.lang.foreign.MemorySegment;

/// An id of content that is known by more than a digest of it, and that can tell it from any other.
/// Immutable, and thread-safe.
public interface ContentProof extends ContentId {
  /// Verifies `content`.
  ///
  /// @param tree is used for it
  /// @param where names the source in errors
  /// @throws CorruptException where it is other content
  void verify(MemorySegment content, BlockTree tree, String where) throws CorruptException;
}
