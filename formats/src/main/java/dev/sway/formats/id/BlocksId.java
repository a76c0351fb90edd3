package dev.sway.formats.id;

/// The identity of content that was put together of blocks of chunks: a SHA-256 of all that tells
/// which blocks these are.
///
/// @param digest of that, not of the content
public record BlocksId(Digest digest) implements ContentId {
  @Override
  public String toString() {
    return "blocks " + digest;
  }
}
