package dev.sway.blobd.http;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;

/// A successful answer, whose body is still to be read. The caller closes it.
///
/// @param from who answered, for messages
/// @param status 200 to 299
/// @param headers of the answer
/// @param body whose reads throw a [SwayException] of the peer's unreachable kind where the
///   connection breaks
public record HttpAnswer(String from, int status, HttpHeaders headers, InputStream body)
    implements AutoCloseable {
  /// The whole body, which must not be longer than `limit` bytes.
  public byte[] bytes(int limit) throws IOException {
    byte[] bytes = body.readNBytes(limit);
    if (bytes.length == limit && body.read() >= 0) {
      throw new SwayException(
          FailureKind.CORRUPT, "%s sent more than %d bytes".formatted(from, limit));
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
