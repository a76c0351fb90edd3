package dev.sway.formats.id;

/// The identity of a chunk: the SHA-256 of its uncompressed bytes.
///
/// @param digest of the uncompressed bytes
public record ChunkId(Digest digest) implements ContentId {
  @Override
  public String toString() {
    return "chunk " + digest;
  }
}
