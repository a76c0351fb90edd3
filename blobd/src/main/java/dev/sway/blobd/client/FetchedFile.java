package dev.sway.blobd.client;

import dev.sway.formats.id.Digest;

/// A file as the server has it, and what it says. Who keeps it keeps the bytes: what is written
/// anew says the same, and takes time where a start waits.
///
/// @param <T> what has been read from it
public final class FetchedFile<T> {
  private final T content;
  private final byte[] bytes;

  FetchedFile(T content, byte[] bytes) {
    this.content = content;
    this.bytes = bytes;
  }

  /// What it says, of the image and command that were asked for.
  public T content() {
    return content;
  }

  /// The file, which is not to be changed.
  public byte[] bytes() {
    return bytes;
  }

  /// The digest of the file.
  public Digest digest() {
    return Digest.of(bytes);
  }
}
