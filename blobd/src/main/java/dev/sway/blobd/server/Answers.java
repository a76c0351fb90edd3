package dev.sway.blobd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.WireJson;
import dev.sway.blobd.store.OpenFile;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// What the routes have in common.
final class Answers {
  private static final int BUFFER_BYTES = 128 << 10;

  private Answers() {}

  static void json(ServerResponse response, Object value) {
    response.header(HeaderNames.CONTENT_TYPE, "application/json").send(WireJson.write(value));
  }

  /// Sends the `length` bytes of `in`, a part at a time.
  static void stream(Program program, ServerResponse response, InputStream in, long length)
      throws IOException {
    response.header(HeaderNames.CONTENT_LENGTH, Long.toString(length));
    if (length == 0) {
      response.send();
      return;
    }
    try (OutputStream out = response.outputStream()) {
      byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, length)];
      for (int count = next(program, in, buffer); count >= 0; count = next(program, in, buffer)) {
        out.write(buffer, 0, count);
      }
    }
  }

  /// The next bytes. Where the store fails now, the headers are out already, and all that can be
  /// done is to end the connection before the promised length is reached.
  private static int next(Program program, InputStream in, byte[] buffer) {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      program.report(e);
      throw new CloseConnectionException("the store failed in the middle of an answer", e);
    }
  }

  /// Sends what may be another the next time, unless the client says that it has it.
  static void tagged(Program program, ServerRequest request, ServerResponse response, OpenFile file)
      throws IOException {
    response
        .header(HeaderNames.ETAG, Precondition.tag(file.digest()))
        .header(HeaderNames.CACHE_CONTROL, "no-cache");
    if (Precondition.of(request).isKnown(file.digest())) {
      response.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    response.header(HeaderNames.CONTENT_TYPE, "application/octet-stream");
    stream(program, response, file.content(), file.size());
  }

  /// The digest in the path, at the place `name`.
  static Digest digest(ServerRequest request, String name) throws SwayException {
    String text = request.path().pathParameters().get(name);
    return Digest.parse(text)
        .orElseThrow(() ->
            new SwayException(
                FailureKind.USAGE,
                "'%s' is not a digest; use sha256: and 64 lower-case hexadecimal digits"
                    .formatted(text.substring(0, Math.min(80, text.length())))));
  }
}
