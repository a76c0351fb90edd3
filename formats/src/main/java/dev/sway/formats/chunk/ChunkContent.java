package dev.sway.formats.chunk;

import java.util.List;

/// The bytes of a chunk before it is compressed, and whose they are.
///
/// @param bytes holds the content in its first `length` bytes; owned by whoever holds this record
/// @param length of the content, 1 to [ChunkFormat#MAX_CONTENT]
/// @param pieces the parts of files in it, in order, without gaps
public record ChunkContent(byte[] bytes, int length, List<FilePiece> pieces) {
  public ChunkContent {
    pieces = List.copyOf(pieces);
  }
}
