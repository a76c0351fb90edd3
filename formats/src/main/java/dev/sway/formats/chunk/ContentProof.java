package dev.sway.formats.chunk;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.id.ContentId;
import java.lang.foreign.MemorySegment;

/// Tells content from any other by something else than a digest of it. Implementations are
/// immutable and thread-safe.
public interface ContentProof {
  /// What the content is known by.
  ContentId id();

  /// Verifies `content`.
  ///
  /// @param tree is used for it
  /// @param where names the source in errors
  /// @throws CorruptException where it is other content
  void verify(MemorySegment content, BlockTree tree, String where) throws CorruptException;
}
