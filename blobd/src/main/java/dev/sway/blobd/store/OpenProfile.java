package dev.sway.blobd.store;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.io.InputStream;

/// A profile that is being read. It stays what it is when the store gets another in its place.
///
/// @param digest of its bytes
/// @param size how many there are
/// @param content those bytes
public record OpenProfile(Digest digest, long size, InputStream content) implements AutoCloseable {
  @Override
  public void close() throws IOException {
    content.close();
  }
}
